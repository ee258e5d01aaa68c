// Puts every owed mail into the queue, as the registrations would have: the service's own queue class on either backend.
// A process of its own. One JSON argument: {"databaseUrl","redisUrl"}.
import { Redis } from 'ioredis';
import { Client } from 'pg';

const BATCH = 500;

/** @type {{ databaseUrl: string, redisUrl?: string }} */
const { databaseUrl, redisUrl } = JSON.parse(process.argv[2] ?? '{}');
const built = (/** @type {string} */ path) =>
  import(new URL(`../../dist/mail/${path}`, import.meta.url).href);
const { ResilientQueue } = await built('resilient-queue.js');
const { MAIL_QUEUE, jobIdOf, mailJobOptions } = await built('mail-queue.js');

const client = new Client({ connectionString: databaseUrl });
await client.connect();
const { rows } = await client.query(`select id from mails where state = 'pending'`);
await client.end();

const connection = redisUrl ? new Redis(redisUrl) : { connectionString: databaseUrl, max: 2 };
const queue = new ResilientQueue(MAIL_QUEUE, {
  connection,
  skipVersionCheck: true,
  defaultJobOptions: mailJobOptions,
});
for (let i = 0; i < rows.length; i += BATCH) {
  const jobs = rows
    .slice(i, i + BATCH)
    .map(({ id }) => ({ name: 'send', data: { mailId: id }, opts: { jobId: jobIdOf(id) } }));
  await queue.addBulk(jobs);
}
await queue.close();
if (connection instanceof Redis) connection.disconnect();
console.log(JSON.stringify({ queued: rows.length }));
