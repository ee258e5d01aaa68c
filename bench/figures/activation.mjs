// How long an activation takes on an idle machine against one bcrypt hash of the same cost: people register, read their
// code from the sink, and activate, one after the other. Checking the password is one hash; the rest should not show.
import { awaitMails, keptMails, resetSink } from '../parts/sink.mjs';
import { median } from '../parts/statistics.mjs';
import { post } from '../parts/client.mjs';
import { run } from '../parts/programs.mjs';

const PASSWORD = 'correct horse battery';

/**
 * @param {import('../parts/place.mjs').Turn} turn
 * @param {string} sinkUrl
 * @param {{ cost: number, people: number }} settings
 * @returns {Promise<{ hashMs: number, activationMs: number }>} medians
 */
export async function measureActivation(turn, sinkUrl, { cost, people }) {
  await resetSink(sinkUrl, { keep: true });
  const server = await turn.start({ cost });
  /** @type {number[]} */
  const times = [];
  /** @type {number[]} */
  const hashes = [];
  const hash = async () =>
    hashes.push((await run('contestants/hash-loop.mjs', { cost, seconds: 2, threads: 1 })).p50);
  try {
    const addresses = Array.from({ length: people }, (_, i) => `person-${i}@example.com`);
    for (const email of addresses)
      await post(`${server.url}/v1/registration`, { email, password: PASSWORD }, 201);
    await awaitMails(sinkUrl, people, 30_000);
    const mails = await keptMails(sinkUrl);
    await hash();
    for (const email of addresses) {
      const headers = { authorization: `Basic ${btoa(`${email}:${PASSWORD}`)}` };
      const start = performance.now();
      await post(`${server.url}/v1/activation`, { code: mails[email]?.code }, 200, headers);
      times.push(performance.now() - start);
    }
    await hash();
  } finally {
    await server.stop();
  }
  return { hashMs: median(hashes), activationMs: median(times) };
}
