import { expect } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import type { Ledger } from '../support/ledger.js';
import type { Rig } from '../support/rig.js';

// PostgreSQL away: reliability note F-P1 to F-P5 and F-P7. What refuses while it is there: postgres-refuses.fault.ts.

/** Liveness looks at nothing outside: it must not wait for what does. */
const LIVE_MS = 1_000;

async function isAliveAndNotReady(rig: Rig): Promise<void> {
  for (const { url } of rig.replicas) {
    const took = [await live(url), await live(url), await live(url)];
    // The best of three: the machine may be busy with the other rigs.
    expect(Math.min(...took)).toBeLessThan(LIVE_MS);
    const ready = await fetch(`${url}/health/ready`);
    expect({ status: ready.status, retry: ready.headers.has('retry-after') }).toEqual({
      status: 503,
      retry: true,
    });
  }
}

/** @returns how long the answer took, milliseconds */
async function live(url: string): Promise<number> {
  const start = performance.now();
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  return performance.now() - start;
}

/** Whoever asks is told to come again, within the deadlines of the pool. */
async function sendsEverybodyAway(_rig: Rig, ledger: Ledger): Promise<void> {
  const goal = ledger.refused.length + 3;
  await eventually(() => ledger.refused.length >= goal, { within: 20_000, what: 'three 503' });
}

async function isAway(rig: Rig, ledger: Ledger): Promise<void> {
  await isAliveAndNotReady(rig);
  await sendsEverybodyAway(rig, ledger);
}

/** No request, no mail: all that is left are idle connections. */
async function isIdle(rig: Rig, ledger: Ledger): Promise<void> {
  await ledger.stop();
  await eventually(async () => (await rig.sql(`select id from mails where state = 'pending'`)).length === 0, {
    what: 'an empty outbox',
  });
}

const faults: Fault[] = [
  {
    id: 'F-P1',
    title: 'there is no PostgreSQL when the processes start',
    away: 'postgres',
    roles: ['api', 'worker'],
    inject: isAliveAndNotReady,
    answers: 8,
    heal: (rig) => rig.toPostgres.become('pass'),
  },
  {
    id: 'F-P2',
    title: 'PostgreSQL crashes under load',
    ownPostgres: true,
    inject: (rig) => rig.postgresServer!.crash(),
    meanwhile: isAway,
    heal: (rig) => rig.postgresServer!.start(),
  },
  {
    id: 'F-P3',
    title: 'PostgreSQL restarts while all connections are idle',
    ownPostgres: true,
    inject: async (rig, ledger) => {
      await isIdle(rig, ledger);
      await rig.postgresServer!.halt();
      await rig.postgresServer!.start();
      expect((await ledger.register()).status).toBe(201);
      ledger.startSteadyClient();
    },
    answers: 4,
  },
  {
    id: 'F-P4',
    title: 'PostgreSQL is frozen',
    ownPostgres: true,
    inject: async (rig) => rig.postgresServer!.freeze(),
    answers: 20,
    meanwhile: isAway,
    heal: async (rig) => rig.postgresServer!.thaw(),
  },
  {
    id: 'F-P4b',
    title: 'the way to PostgreSQL is lost, and its connections stay dead',
    roles: ['api', 'worker'],
    inject: (rig) => rig.toPostgres.become('blackhole'),
    answers: 20,
    meanwhile: isAway,
    heal: (rig) => rig.toPostgres.become('pass'),
  },
  {
    id: 'F-P5',
    title: 'PostgreSQL takes 300 ms for each answer',
    inject: (rig) => rig.toPostgres.become({ mode: 'latency', milliseconds: 150 }),
    answers: 20,
    heal: (rig) => rig.toPostgres.become('pass'),
  },
  {
    id: 'F-P7',
    title: 'PostgreSQL acts and its replies are lost, those to commits too',
    roles: ['api', 'worker'],
    inject: async (rig) => {
      for (const bytes of [1_200, 1_600, 2_000, 2_400, 2_800]) {
        await rig.toPostgres.become({ mode: 'cut', bytes });
        const seen = rig.toPostgres.connections.length;
        await eventually(() => rig.toPostgres.connections.length > seen + 3, { what: 'new connections' });
      }
    },
    heal: (rig) => rig.toPostgres.become('pass'),
  },
];

describeFaults('while PostgreSQL is away', faults);
