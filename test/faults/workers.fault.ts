import { expect } from '@jest/globals';
import { settings } from '../support/environment.js';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import type { Ledger } from '../support/ledger.js';
import { answering } from '../support/process.js';
import type { Replica, Rig } from '../support/rig.js';
import { QueueConnectionProvider } from '../../src/mail/queue-connection.js';
import { MAIL_QUEUE } from '../../src/mail/mail-queue.js';
import { ResilientQueue } from '../../src/mail/resilient-queue.js';

// Workers and single mails: reliability note F-W1 to W3, W5 to W8.
// F-W4 (SIGTERM while a mail is sent): shutdown.spec.ts, on both backends.

/** Until a stalled job is taken again: BullMQ's lock (15 s), and twice its look for such jobs (5 s). */
const STALLED_MS = 40_000;

async function newWorker(rig: Rig): Promise<Replica> {
  const worker = await rig.startReplica('worker');
  await answering(worker, '/health/ready', 60_000);
  return worker;
}

/** Mails are at the server, which has not said yet that it has them. */
async function mailsAtHand(rig: Rig): Promise<void> {
  rig.smtp.mode = 'hold';
  const before = rig.smtp.holding;
  await eventually(() => rig.smtp.holding > before, { within: STALLED_MS, what: 'a mail on the wire' });
}

/** As if half a minute had passed: nobody holds any mail. */
const leasesRunOut = (rig: Rig) =>
  rig.sql(
    `update mails set lease_until = now() - interval '1 s', due_at = now() where lease_until is not null`,
  );

async function killWorkerInMidSend(rig: Rig): Promise<void> {
  await mailsAtHand(rig);
  await rig.kill(rig.workers[0]!);
}

/** So many workers die one after the other over the same mails. */
const killWorkers = (times: number) => async (rig: Rig) => {
  for (let i = 0; i < times; i++) {
    if (i > 0) await newWorker(rig);
    await killWorkerInMidSend(rig);
    await leasesRunOut(rig);
  }
};

/** A process that is told SIGUSR2 does nothing else for 35 s, and cannot help it. */
const blocksOnSignal =
  "--import=data:text/javascript,process.on('SIGUSR2',()=>Atomics.wait(new(Int32Array)(new(SharedArrayBuffer)(4)),0,0,35e3))";

/** The worker stops in mid-send; another one comes and sends what was at hand. */
const standStill = (signal: NodeJS.Signals) => async (rig: Rig) => {
  await mailsAtHand(rig);
  rig.workers[0]!.kill(signal);
  await leasesRunOut(rig);
  rig.smtp.release();
  await newWorker(rig);
  await eventually(async () => (await rig.sql(`select id from mails where state = 'pending'`)).length === 0, {
    within: STALLED_MS,
    what: 'the mails at hand, sent by the other worker',
  });
};

/** Takes a mail that was asked for twice to many jobs. */
async function queueAgain(rig: Rig): Promise<void> {
  await mailsAtHand(rig);
  const owed = await rig.sql<{ id: string }>(`select id from mails where state = 'pending'`);
  const config = settings({
    DATABASE_URL: rig.databaseUrl,
    ...(rig.redisServer === undefined ? {} : { REDIS_URL: rig.redisServer.url }),
  });
  const provider = new QueueConnectionProvider(config);
  const queue = new ResilientQueue(MAIL_QUEUE, { connection: provider.connection });
  await eventually(() => provider.isReady(), { what: 'the queue' });
  for (const { id } of owed) {
    for (const copy of [1, 2, 3]) await queue.add('send', { mailId: id }, { jobId: `copy-${copy}-${id}` });
  }
  await queue.close();
  provider.onApplicationShutdown();
}

/** Debts that no words can be made for, in front of everybody else's. */
async function addPoison(rig: Rig): Promise<void> {
  await rig.sql(
    `insert into mails (id, kind, user_id, subject_id, due_at)
     select gen_random_uuid(), 'no such kind', id, id, now() - interval '1 h' from users limit 3`,
  );
}

/** They are dead after one try; the rows are taken away, because nobody was promised those mails. */
async function poisonIsDead(rig: Rig): Promise<void> {
  await eventually(
    async () => {
      const rows = await rig.sql<{ state: string; attempts: number }>(
        `select state, attempts from mails where kind = 'no such kind'`,
      );
      return rows.length === 3 && rows.every(({ state, attempts }) => state === 'dead' && attempts === 1);
    },
    { what: 'three dead letters' },
  );
  await rig.sql(`delete from mails where kind = 'no such kind'`);
}

/** While mails wait, one person is erased and another asks for a newer code. */
async function changeTheirMinds(rig: Rig, ledger: Ledger): Promise<void> {
  await rig.toSmtp.become('refuse');
  await ledger.registered(6);
  const [erased, another] = ledger.accepted.slice(-5) as [string, string];
  await rig.sql(`delete from users where email = $1`, [erased]);
  ledger.forget(erased);
  await rig.sql(
    `update activation_codes set issued_at = array[now() - interval '2 min']
     where user_id = (select id from users where email = $1)`,
    [another],
  );
  expect((await ledger.resend(another)).status).toBe(202);
}

const faults: Fault[] = [
  {
    id: 'F-W1',
    title: 'a worker is killed while it sends',
    roles: ['api', 'worker'],
    inject: killWorkerInMidSend,
    heal: async (rig) => {
      rig.smtp.release();
      await newWorker(rig);
    },
    ambiguous: 1,
  },
  {
    id: 'F-W2',
    title: 'three workers die over the same mails',
    roles: ['api', 'worker'],
    inject: killWorkers(3),
    answers: 1,
    heal: async (rig) => {
      rig.smtp.release();
      await newWorker(rig);
    },
    ambiguous: 3,
    drainWithin: 90_000,
  },
  {
    id: 'F-W3',
    title: 'a worker stands still while it sends, is replaced, and goes on',
    roles: ['api', 'worker'],
    inject: standStill('SIGSTOP'),
    answers: 4,
    heal: async (rig) => rig.workers[0]!.kill('SIGCONT'),
    ambiguous: 1,
  },
  {
    id: 'F-W5',
    title: 'there are mails that cannot be written',
    inject: addPoison,
    meanwhile: poisonIsDead,
  },
  {
    id: 'F-W6',
    title: 'each mail is queued four times, for two workers',
    roles: ['api', 'worker', 'worker'],
    inject: queueAgain,
    answers: 8,
    heal: async (rig) => rig.smtp.release(),
  },
  {
    id: 'F-W7',
    title: 'a worker is busy with something else for 35 s while it sends',
    roles: ['api', 'worker'],
    variables: { NODE_OPTIONS: blocksOnSignal },
    inject: standStill('SIGUSR2'),
    answers: 4,
    heal: (rig) => answering(rig.workers[0]!, '/health/live', STALLED_MS),
    ambiguous: 1,
  },
  {
    id: 'F-W8',
    title: 'mails are not wanted any more when their turn comes',
    inject: changeTheirMinds,
    heal: (rig) => rig.toSmtp.become('pass'),
    obsolete: 'unsent',
  },
];

describeFaults('while workers fail', faults);
