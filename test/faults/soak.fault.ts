import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { redisAvailable } from '../../dev/redis.mjs';
import { answering } from '../support/process.js';
import { eventually } from '../support/eventually.js';
import {
  checkAnswers,
  checkConnections,
  checkMails,
  checkProcesses,
  checkRows,
  codeIn,
  outboxEmpties,
  registeredUsers,
  retryWhatFailed,
} from '../support/invariants.js';
import { lastLines } from '../support/faults.js';
import { Ledger } from '../support/ledger.js';
import { RECOVERY_MS } from '../support/outcomes.js';
import { type QueueBackend, Rig } from '../support/rig.js';
import { Vitals } from '../support/vitals.js';

// Three registrations a second for as long as one likes, with a fault a minute: reliability note F-O3 and F-A6.
//   SOAK_MINUTES=30 npm run test:faults -- soak

const minutes = Number(process.env['SOAK_MINUTES']);

const PACE_MS = 333;
const READING_MS = 5_000;
/** From one fault to the next, and how long each lasts. */
const CYCLE_MS = 60_000;
const OUTAGE_MS = 12_000;

/** In so short a time nothing can be told from noise. */
const MEANINGFUL_MINUTES = 10;

const terminateSessions = (rig: Rig) =>
  rig.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );

interface Trouble {
  what: string;
  inject(rig: Rig): Promise<unknown>;
  heal?(rig: Rig): Promise<unknown>;
  needsRedis?: boolean;
}

/** The first replica lives through all of it: it is the one that is looked at. */
const troubles: Trouble[] = [
  {
    what: 'SMTP away',
    inject: (rig) => rig.toSmtp.become('refuse'),
    heal: (rig) => rig.toSmtp.become('pass'),
  },
  {
    what: 'Redis killed, back empty',
    needsRedis: true,
    inject: (rig) => rig.redisServer!.kill(),
    heal: (rig) => rig.redisServer!.start(),
  },
  { what: 'connections to PostgreSQL cut', inject: async (rig) => rig.toPostgres.resetAll() },
  {
    what: 'a replica killed',
    inject: async (rig) => rig.kill(rig.replicas.at(-1)!),
    heal: async (rig) => {
      const replica = await rig.startReplica('all');
      replica.inRotation = false;
      await answering(replica, '/health/ready', 60_000);
      replica.inRotation = true;
    },
  },
  { what: 'sessions of PostgreSQL ended', inject: terminateSessions },
];

/** Everybody activates as soon as their mail is there, and again until they are told something. */
async function activateAll(rig: Rig, ledger: Ledger, isOver: () => boolean): Promise<void> {
  let seen = 0;
  while (!isOver() || seen < rig.smtp.mails.length) {
    await eventually(() => isOver() || rig.smtp.mails.length > seen, { within: CYCLE_MS });
    const mail = rig.smtp.mails[seen];
    if (mail === undefined) continue;
    seen += 1;
    // 409: the first answer got lost, or the mail came twice.
    await eventually(
      async () => [200, 409].includes((await ledger.activate(mail.to[0]!, codeIn(mail))).status),
      { within: CYCLE_MS, what: `activation of ${mail.to[0]}` },
    );
  }
}

/** What was broken, and how long it took from its mending until somebody new had a mail, milliseconds. */
interface Recovery {
  what: string;
  took: number;
}

async function makeTrouble(rig: Rig, ledger: Ledger, end: number, recoveries: Recovery[]): Promise<void> {
  const possible = troubles.filter(({ needsRedis }) => needsRedis !== true || rig.redisServer !== undefined);
  for (let turn = 0; Date.now() + CYCLE_MS < end; turn += 1) {
    const next = Date.now() + CYCLE_MS;
    const trouble = possible[turn % possible.length]!;
    await trouble.inject(rig);
    if (trouble.heal !== undefined) await pass(OUTAGE_MS);
    await trouble.heal?.(rig);
    const healed = Date.now();
    const accepted = ledger.accepted.length;
    await eventually(() => newcomerHasMail(rig, ledger, accepted), {
      within: CYCLE_MS,
      what: `a mail: ${trouble.what}`,
    });
    recoveries.push({ what: trouble.what, took: Date.now() - healed });
    await pass(Math.max(0, next - Date.now()));
  }
}

function newcomerHasMail(rig: Rig, ledger: Ledger, acceptedBefore: number): boolean {
  const newcomers = new Set(ledger.accepted.slice(acceptedBefore));
  return rig.smtp.mails.slice(-50).some(({ to }) => newcomers.has(to[0]!));
}

async function readVitals(vitals: Vitals, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await vitals.read().catch(() => undefined); // a session that was ended
    await pass(READING_MS);
  }
}

async function soak(rig: Rig): Promise<void> {
  const ledger = new Ledger(rig);
  const vitals = new Vitals(rig, rig.replicas[0]!);
  const recoveries: Recovery[] = [];
  const end = Date.now() + minutes * 60_000;
  let over = false;
  ledger.startSteadyClient(PACE_MS);
  const work = [activateAll(rig, ledger, () => over), readVitals(vitals, () => over)];
  try {
    await makeTrouble(rig, ledger, end, recoveries);
    await pass(Math.max(0, end - Date.now()));
    await ledger.stop();
    await outboxEmpties(rig);
    checkAnswers(ledger);
    await retryWhatFailed(rig, ledger);
    over = true;
    await Promise.all(work);
    await check(rig, ledger);
    expect(recoveries.filter(({ took }) => took > RECOVERY_MS)).toEqual([]);
    const isFlat = vitals.rise('heap') < 5 && vitals.rise('handles') <= 10 && vitals.rise('sessions') <= 10;
    expect(isFlat || minutes < MEANINGFUL_MINUTES).toBe(true);
  } catch (error) {
    throw new Error(`${String(error)}\n${lastLines(rig)}`, { cause: error });
  } finally {
    print(rig, `after ${JSON.stringify(recoveries)}\nlongest answer ${ledger.longest} ms\n${String(vitals)}`);
    over = true;
    await ledger.stop();
    await Promise.allSettled(work);
  }
}

/** Everybody is active, by a mail that came once unless a fault explains a second copy. */
async function check(rig: Rig, ledger: Ledger): Promise<void> {
  checkProcesses(rig);
  const users = await registeredUsers(rig);
  checkRows(ledger, users);
  expect(users.filter(({ active }) => !active)).toEqual([]);
  print(rig, JSON.stringify(checkMails(rig, ledger, users, { ambiguous: 1, obsolete: 'sent' })));
  await checkConnections(rig);
}

const print = (rig: Rig, text: string) =>
  process.stdout.write(`\nsoak, queue on ${rig.plan.backend}: ${text}\n`);

const backends: QueueBackend[] = redisAvailable() ? ['postgres', 'redis'] : ['postgres'];

describe('for a long time, with a fault a minute', () => {
  // eslint-disable-next-line jest/expect-expect -- soak expects, at its end
  it.concurrent.each(backends)(
    `nothing is lost and nothing piles up, queue on %s (SOAK_MINUTES=${minutes})`,
    async (backend) => {
      const rig = await Rig.start({
        backend,
        roles: ['all', 'all'],
        variables: { NODE_OPTIONS: '--max-old-space-size=96' },
      });
      try {
        await soak(rig);
      } finally {
        await rig.stop();
      }
    },
    (minutes + 5) * 60_000,
  );
});
