// The way from one release to the next and back, on one database and one backend of the queue.
import { startPostgres } from '../../dev/postgres.mjs';
import { startMailbox } from '../../dev/smtp.mjs';
import { startLoad } from './load.mjs';
import { live } from './person.mjs';
import { environment, migrate, start } from './processes.mjs';

/** @typedef {import('./processes.mjs').Release} Release */
/** @typedef {import('./processes.mjs').Replica} Replica */
/** @typedef {Awaited<ReturnType<typeof setOut>>} Journey */

/** How many register meanwhile, at least, in each step. */
const CROWD = 10;

/**
 * Goes all the way; throws at the first thing that is not as it should be.
 * @param {Release} old
 * @param {Release} ours
 * @param {string | undefined} redisUrl
 */
export async function travel(old, ours, redisUrl) {
  const journey = await setOut(redisUrl);
  try {
    await thereAndBack(journey, old, ours);
  } finally {
    await journey.end();
  }
}

/** @param {string | undefined} redisUrl */
async function setOut(redisUrl) {
  const postgres = await startPostgres();
  /** @type {import('../../dev/smtp.mjs').Mail[]} */
  const mails = []; // all of them: the server itself keeps some hundreds
  const smtp = await startMailbox({ onMail: (mail) => mails.push(mail) });
  const env = environment({ databaseUrl: postgres.url, smtpUrl: smtp.url, redisUrl });
  /** @type {Replica[]} */
  const started = [];
  /** @type {Replica[]} */
  const apis = [];
  const load = startLoad(apis);
  return {
    mailbox: { mails },
    env,
    apis,
    load,
    /** @type {(release: Release, role: 'api' | 'worker') => Promise<Replica>} */
    begin: async (release, role) => {
      const replica = await start(release, role, env);
      started.push(replica);
      if (role === 'api') apis.push(replica);
      return replica;
    },
    complaints: () => started.flatMap((replica) => replica.complaints()),
    end: async () => {
      await load.abandon();
      for (const replica of started) await replica.kill();
      await smtp.stop();
      await postgres.stop();
    },
  };
}

/**
 * Migrate, workers, apis, as docs/operations.md says; then the older worker once more, as after a step back.
 * @param {Journey} journey
 * @param {Release} old
 * @param {Release} ours
 */
async function thereAndBack(journey, old, ours) {
  const { begin, env } = journey;
  say(`the old release: ${await migrate(old, env)}`);
  await begin(old, 'api');
  const oldWorker = await begin(old, 'worker');
  await allIsWell(journey, 'before');

  say(`the new release, under load: ${await migrate(ours, env)}`);
  await allIsWell(journey, 'old api, old worker, new schema');

  const newWorker = await begin(ours, 'worker');
  await oldWorker.end();
  await allIsWell(journey, 'old api, new worker');

  await begin(ours, 'api');
  await allIsWell(journey, 'old and new api, new worker');

  const lastWorker = await begin(old, 'worker');
  await newWorker.end();
  await allIsWell(journey, 'old and new api, old worker');
  await arrive(journey, lastWorker);
}

/**
 * A life begun at each of the apis and continued at each, while others register.
 * @param {Journey} journey
 * @param {string} step
 */
async function allIsWell({ apis, load, mailbox }, step) {
  await load.more(CROWD);
  const [first, last] = [apis.at(0), apis.at(-1)];
  if (first === undefined || last === undefined) throw new Error('no api was started');
  await live(first, last, mailbox);
  if (first !== last) await live(last, first, mailbox);
  say(`${step}: well`);
}

/**
 * Whoever registered meanwhile got one mail and activates at the old api; then everybody ends in order.
 * @param {Journey} journey
 * @param {Replica} worker
 */
async function arrive({ apis, load, mailbox, complaints }, worker) {
  const [oldApi] = apis;
  if (oldApi === undefined) throw new Error('no api was started');
  const count = await load.stop(oldApi, mailbox);
  for (const replica of [...apis, worker]) await replica.end();
  if (complaints().length > 0) throw new Error(complaints().join('\n'));
  say(`${count} registered meanwhile; each got one mail and is active`);
}

/** @param {string} line */
function say(line) {
  console.log(`  ${line}`);
}
