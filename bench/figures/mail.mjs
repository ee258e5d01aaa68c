// The mail worker against a bare nodemailer pool to the same sink: so many owed mails are there, the worker is started,
// and the time counts from the first mail at the sink to the last.
//
// The database has a history of sent mails and its statistics are from before the burst, as in life.
//
//   queued      the queue holds a job for each, as after a burst of registrations: how fast the worker is
//   forgotten   the queue is empty, as after the loss of Redis: how fast the relay brings all back
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { run } from '../parts/programs.mjs';
import { insertHistory, insertOwedMails } from '../parts/rows.mjs';
import { awaitMails, resetSink, tally } from '../parts/sink.mjs';

const HISTORY = 10_000;

/** @param {import('../parts/sink.mjs').Tally} tally */
const perSecond = ({ count, firstAt, lastAt }) => (1000 * (count - 1)) / (lastAt - firstAt);

/**
 * @param {import('../parts/place.mjs').Place} place
 * @param {number} mails
 * @returns {Promise<number>} mails a second
 */
export async function measureNodemailer({ sinkUrl, smtpUrl }, mails) {
  await resetSink(sinkUrl);
  await run('contestants/nodemailer-pool.mjs', { smtp: smtpUrl, mails });
  return perSecond(await tally(sinkUrl));
}

/**
 * @param {import('../parts/place.mjs').Turn} turn
 * @param {string} sinkUrl
 * @param {{ mails: number, forgotten: boolean, nodeFlags?: string[] }} settings
 * @returns {Promise<number>} mails a second
 */
export async function measureWorker(turn, sinkUrl, { mails, forgotten, nodeFlags }) {
  const client = new Client({ connectionString: turn.databaseUrl });
  await client.connect();
  await insertHistory(client, HISTORY);
  await insertOwedMails(client, mails, { dueInSeconds: forgotten ? 0 : 3_600 });
  if (!forgotten) {
    await run('processes/fill-queue.mjs', { databaseUrl: turn.databaseUrl, redisUrl: turn.redisUrl });
  }
  await resetSink(sinkUrl);
  const server = await turn.start({ cost: 4, env: { ROLE: 'worker' }, nodeFlags });
  try {
    const arrived = await awaitMails(sinkUrl, mails);
    await mustAllBeSent(client);
    return perSecond(arrived);
  } finally {
    await server.stop();
    await client.end();
  }
}

/** @param {Client} client */
async function mustAllBeSent(client) {
  for (let i = 0; i < 100; i++) {
    const { rows } = await client.query(`select count(*)::int as owed from mails where state = 'pending'`);
    if (rows[0].owed === 0) return;
    await delay(50);
  }
  throw new Error('mails came to the sink that are not recorded as sent');
}
