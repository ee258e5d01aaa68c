// How long after the answer to a registration its mail is at the SMTP server, when nothing else is going on: one
// registration after the other, at cost 4, because the hash is over before the clock starts.
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../parts/clock.mjs';
import { post } from '../parts/client.mjs';
import { awaitMails, keptMails, resetSink } from '../parts/sink.mjs';
import { percentiles } from '../parts/statistics.mjs';

const requests = {
  service: { path: '/v1/registration', status: 201 },
  'better-auth': { path: '/api/auth/sign-up/email', status: 200 },
};

/**
 * @param {import('../parts/place.mjs').Turn} turn
 * @param {string} sinkUrl
 * @param {{ mails: number }} settings
 * @returns {Promise<import('../parts/statistics.mjs').Percentiles>} milliseconds
 */
export async function measureDelivery(turn, sinkUrl, { mails }) {
  await resetSink(sinkUrl, { keep: true });
  const server = await turn.start({ cost: 4 });
  const { path, status } = requests[turn.contestant.dialect];
  /** @type {Map<string, number>} */
  const answeredAt = new Map();
  try {
    for (let i = 0; i < mails; i++) {
      const email = `idle-${i}@example.com`;
      await post(
        `${server.url}${path}`,
        { email, password: 'correct horse battery', name: 'Somebody' },
        status,
      );
      answeredAt.set(email, now());
      await delay(20);
    }
    await awaitMails(sinkUrl, mails, 60_000);
    const arrived = await keptMails(sinkUrl);
    return percentiles(Array.from(answeredAt, ([email, at]) => (arrived[email]?.at ?? NaN) - at));
  } finally {
    await server.stop();
  }
}
