import { describe, it } from '@jest/globals';
import { redisAvailable } from '../../dev/redis.mjs';
import { eventually } from './eventually.js';
import { report } from './fault-table.js';
import { type Allowances, checkInvariants } from './invariants.js';
import { Ledger } from './ledger.js';
import { RECOVERY_MS } from './outcomes.js';
import { type QueueBackend, Rig, type RigPlan } from './rig.js';

/** One row of the matrix: how to break something, how to mend it, and what may be forgiven. */
export interface Fault extends Omit<RigPlan, 'backend'>, Allowances {
  /** As in the reliability note, sections 2.3 to 2.6. */
  id: string;
  title: string;
  /** Both unless given. */
  backends?: QueueBackend[];
  /** It is broken from the start, in another way than `away`. */
  startsBroken?: boolean;
  /** Breaks it, while a steady client registers people. */
  inject(rig: Rig, ledger: Ledger): Promise<unknown>;
  /** How many answers the client gets while it is broken; 12 unless given. */
  answers?: number;
  /** What must come to pass, or stay so, while it is broken. */
  meanwhile?(rig: Rig, ledger: Ledger): Promise<unknown>;
  /** Mends it. */
  heal?(rig: Rig, ledger: Ledger): Promise<unknown>;
  /** How long until somebody who comes after that has a mail, milliseconds; ten seconds (I9) unless given. */
  recoverWithin?: number;
  /** What else must be true in the end, before everybody activates. */
  afterwards?(rig: Rig, ledger: Ledger): Promise<unknown>;
}

const TEST_TIMEOUT_MS = 420_000;

/**
 * Runs a table of faults, each on every queue backend that it concerns, each on a rig of its own.
 *
 * @param atOnce several together, because they mostly wait; false where processes start all the time, which on two cores
 * is an overload of its own
 */
export function describeFaults(name: string, faults: Fault[], { atOnce = true } = {}): void {
  const cases = faults.flatMap((fault, place) =>
    queuesOf(fault, place).map((backend) => ({ ...fault, backend })),
  );
  // eslint-disable-next-line jest/valid-title -- the table has it
  describe(name, () => {
    // eslint-disable-next-line jest/expect-expect -- checkInvariants expects, at the end of every case
    (atOnce ? it.concurrent : it).each(cases)(
      '$id $title: nothing is lost (queue on $backend)',
      ({ backend, ...fault }) => runFault(fault, backend),
      TEST_TIMEOUT_MS,
    );
  });
}

const both: QueueBackend[] = ['postgres', 'redis'];

/** `FAULT_QUEUES=one` has each fault on one queue only, PostgreSQL and Redis in turn: half the time, for each push. */
function queuesOf({ backends = both }: Fault, place: number): QueueBackend[] {
  return process.env['FAULT_QUEUES'] === 'one' ? [backends[place % backends.length]!] : backends;
}

async function runFault(fault: Fault, backend: QueueBackend): Promise<void> {
  const { id, title } = fault;
  if (backend === 'redis' && !redisAvailable()) {
    if (process.env['CI'] === 'true') throw new Error('needs redis-server on the PATH');
    return report({ id, title, backend, result: 'not run: no redis-server on the PATH' });
  }
  const rig = await Rig.start({ ...fault, backend });
  try {
    const ledger = new Ledger(rig);
    const recovery = await goThrough(fault, rig, ledger);
    const figures = await checkInvariants(rig, ledger, fault);
    report({ id, title, backend, result: { ...figures, recovery } });
  } catch (error) {
    report({ id, title, backend, result: 'FAILED' });
    throw new Error(`${fault.id} on ${backend}: ${String(error)}\n${lastLines(rig)}`, { cause: error });
  } finally {
    await rig.stop();
  }
}

/** @returns milliseconds from the mending until somebody who came after it had a mail */
async function goThrough(fault: Fault, rig: Rig, ledger: Ledger): Promise<number> {
  ledger.startSteadyClient();
  try {
    const isWhole = fault.away === undefined && fault.startsBroken !== true;
    const usual = isWhole ? await becomeHealthy(rig, ledger) : 0;
    await fault.inject(rig, ledger);
    await ledger.answered(fault.answers ?? 12);
    await fault.meanwhile?.(rig, ledger);
    await fault.heal?.(rig, ledger);
    const recovery = await recover(rig, ledger, (fault.recoverWithin ?? RECOVERY_MS) + 3 * usual);
    await fault.afterwards?.(rig, ledger);
    return recovery;
  } finally {
    await ledger.stop();
  }
}

/** @returns milliseconds from a registration to its mail: little, unless the machine is busy with other things */
async function becomeHealthy(rig: Rig, ledger: Ledger): Promise<number> {
  await ledger.registered(4);
  const [email] = ledger.accepted;
  const mail = await eventually(() => rig.smtp.mails.find(({ to }) => to[0] === email), {
    what: 'a mail before the fault',
  });
  const { startedAt } = ledger.entries.find((entry) => entry.email === email)!;
  return Date.parse(mail.receivedAt) - startedAt;
}

/** I9: without a restart, and soon. */
async function recover(rig: Rig, ledger: Ledger, within: number): Promise<number> {
  const healed = Date.now();
  const served = () => {
    const newcomers = ledger.entries.filter(({ status, startedAt }) => status === 201 && startedAt >= healed);
    const mailed = new Set(rig.smtp.mails.flatMap(({ to }) => to));
    return newcomers.some(({ email }) => mailed.has(email));
  };
  await eventually(served, { within, what: 'a registration with its mail after the fault' });
  return Date.now() - healed;
}

/** What every process said last, for whoever has to find out. */
export function lastLines(rig: Rig): string {
  return rig.replicas
    .map((replica) => `--- ${replica.role}\n${notable(replica.output(), replica.isRunning() ? 15 : 60)}`)
    .join('\n');
}

/** The end of a log without what happens all the time. */
function notable(output: string, count: number): string {
  const daily = /"context":"Http"|registration\.accepted|mail\.sent|activation\.succeeded/;
  return output
    .split('\n')
    .filter((line) => !daily.test(line))
    .slice(-count)
    .map((line) => line.slice(0, 300))
    .join('\n');
}
