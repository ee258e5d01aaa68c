import { expect } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import type { Ledger } from '../support/ledger.js';
import { answering, terminate } from '../support/process.js';
import type { Replica, Rig, Role } from '../support/rig.js';

// Processes that end: reliability note F-A1, A3 to A6.
// F-A2 (SIGTERM with a client that never lets go of its connection) and F-A3's second SIGTERM: shutdown.spec.ts.

/** The end of a process that has nothing to wait for, on a machine that runs several rigs, milliseconds. */
const PROMPT_MS = 15_000;

/** Starts a process and waits until it is ready; for some cases that is part of the recovery. */
async function newReplica(rig: Rig, role: Role = 'all'): Promise<Replica> {
  const replica = await rig.startReplica(role);
  replica.inRotation = false;
  await answering(replica, '/health/ready', 60_000);
  replica.inRotation = role !== 'worker';
  return replica;
}

/** As a load balancer does: asks for readiness again and again, and sends nothing more to who is not ready. */
async function leavesRotation(replica: Replica): Promise<void> {
  await eventually(() => isReady(replica).then((ready) => !ready), { within: 20_000, what: 'not ready' });
  replica.inRotation = false;
}

async function isReady({ url }: Replica): Promise<boolean> {
  return fetch(`${url}/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Replaces one replica after the other, while a crowd keeps its connections busy. */
async function rollOver(rig: Rig, ledger: Ledger): Promise<void> {
  ledger.startCrowd(20);
  for (let round = 0; round < 4; round++) {
    const oldest = rig.replicas.find(({ condemned }) => !condemned)!;
    await newReplica(rig);
    oldest.condemned = true;
    const end = terminate(oldest);
    await leavesRotation(oldest);
    const { ended, took } = await end;
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(PROMPT_MS);
  }
}

/** A signal at every stage of the start. */
async function signalWhileStarting(rig: Rig): Promise<void> {
  const stages = ['', 'BCRYPT_COST', 'hashing.ready', 'successfully started'];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    for (const stage of stages) {
      const replica = await rig.startReplica('all');
      Object.assign(replica, { inRotation: false, condemned: true });
      await eventually(() => replica.output().includes(stage), { within: 30_000, what: stage });
      const start = performance.now();
      replica.kill(signal);
      // Before its handlers are there, the signal ends the process by itself: nothing was begun then.
      expect(['code 0', `signal ${signal}`]).toContain(await replica.ended);
      expect(performance.now() - start).toBeLessThan(PROMPT_MS);
    }
  }
}

/** One process after the other is killed and replaced; those that are left go on. */
async function killOneByOne(rig: Rig): Promise<void> {
  const order: Role[] = ['worker', 'api', 'api', 'worker', 'worker', 'api'];
  for (const role of order) {
    const victim = rig.replicas.find((replica) => replica.role === role && !replica.condemned)!;
    await rig.kill(victim);
    await newReplica(rig, role);
  }
}

const faults: Fault[] = [
  {
    id: 'F-A1',
    title: 'one replica after the other is replaced, under load',
    roles: ['all', 'all'],
    // As by default: without that time nobody could look away before a replica is gone.
    variables: { SHUTDOWN_DRAIN_SECONDS: '' },
    inject: rollOver,
    answers: 4,
  },
  {
    id: 'F-A3',
    title: 'replicas are signalled while they start',
    inject: signalWhileStarting,
    answers: 1,
  },
  {
    id: 'F-A4',
    title: 'the replica that answered 201 is killed before the queue hears of it',
    roles: ['api', 'api'],
    inject: async (rig, ledger) => {
      await rig.toRedis?.become('blackhole');
      await ledger.registered(4);
      for (const replica of rig.apis) await rig.kill(replica);
    },
    startsBroken: true,
    answers: 0,
    heal: async (rig) => {
      await rig.toRedis?.become('pass');
      await newReplica(rig);
    },
  },
  {
    id: 'F-A5',
    title: 'a replica is killed before its transactions commit',
    roles: ['all', 'all'],
    inject: async (rig, ledger) => {
      await rig.toPostgres.become({ mode: 'latency', milliseconds: 300 });
      await eventually(() => ledger.waiting >= 5, { what: 'five requests under way' });
      await rig.kill(rig.apis[0]!);
    },
    answers: 4,
    heal: async (rig) => {
      await rig.toPostgres.become('pass');
      await newReplica(rig);
    },
  },
  {
    id: 'F-A6',
    title: 'one process after the other is killed',
    roles: ['api', 'api', 'worker', 'worker'],
    inject: killOneByOne,
    answers: 4,
    // Killed after the server took the message and before that was noted.
    ambiguous: 1,
  },
];

describeFaults('while processes end', faults, { atOnce: false });
