import { expect, it } from '@jest/globals';
import { redisAvailable } from '../../dev/redis.mjs';
import { useCleanup } from '../support/cleanup.js';
import { basic } from '../support/client.js';
import { throughNginx } from '../support/doors.js';
import { eventually } from '../support/eventually.js';
import { report } from '../support/fault-table.js';
import { checkInvariants } from '../support/invariants.js';
import { HoldingClient, outcomesOf } from '../support/keep-alive.js';
import { Ledger } from '../support/ledger.js';
import { type Nginx, describeWithNginx, startNginx } from '../support/nginx.js';
import { answering, terminate } from '../support/process.js';
import { type Replica, Rig } from '../support/rig.js';

// Reliability note F-A1, with the load balancer and the configuration that docs/operations.md tells to use.

const ROUNDS = 10;

/** A minute and a half on a machine of its own; others may be at work on this one. */
const TIMEOUT_MS = 900_000;

/** SHUTDOWN_GRACE_SECONDS, unless set. */
const GRACE_MS = 20_000;

const cleanup = useCleanup();

const portOf = ({ url }: { url: string }) => new URL(url).port;

async function startRig(): Promise<Rig> {
  return cleanup(
    await Rig.start({
      backend: redisAvailable() ? 'redis' : 'postgres',
      roles: ['api', 'api', 'worker'],
      // As documented, but that here all clients have one address, and so would share one limit.
      variables: { HTTPS_ONLY: 'true', SHUTDOWN_DRAIN_SECONDS: '', RATE_LIMIT_ENABLED: 'false' },
    }),
  );
}

/** Who never stops asking, who asks now and then, and who sends what must not be sent twice. */
function startClients({ url, ca }: Nginx): HoldingClient[] {
  const many = (count: number, pauseMs: number, asking: ConstructorParameters<typeof HoldingClient>[0]) =>
    Array.from({ length: count }, () => new HoldingClient(asking, pauseMs, ca).start());
  const nobody = basic('nobody@example.com', 'no password of anybody');
  return [
    ...many(10, 100, { url: `${url}/problems/not-found` }),
    ...many(10, 3_000, { url: `${url}/problems/not-found` }),
    ...many(20, 600, {
      url: `${url}/v1/activation`,
      method: 'POST',
      headers: { authorization: nobody },
      body: { code: '123456' },
    }),
  ];
}

/** Ends a process and starts another on its port as soon as that is free. @returns how the old one will have ended */
async function replace(rig: Rig, old: Replica): Promise<ReturnType<typeof terminate>[]> {
  Object.assign(old, { condemned: true, inRotation: false });
  const end = terminate(old);
  await eventually(() => isClosed(old), { within: GRACE_MS, what: 'a port that nobody listens on' });
  const next = await rig.startReplica(old.role, { PORT: portOf(old) });
  await answering(next, '/health/ready', 120_000);
  return [end];
}

function isClosed({ url }: Replica): Promise<boolean> {
  return fetch(`${url}/health/live`).then(
    () => false,
    (error: Error) => String(error.cause).includes('ECONNREFUSED'),
  );
}

/** The apis one after the other; the worker, whom nobody waits for, beside them. */
async function replaceAll(rig: Rig): Promise<ReturnType<typeof terminate>[]> {
  const running = rig.replicas.filter(({ condemned }) => !condemned);
  const worker = running.filter(({ role }) => role === 'worker').map((old) => replace(rig, old));
  const ends: ReturnType<typeof terminate>[] = [];
  for (const old of running.filter(({ role }) => role === 'api')) ends.push(...(await replace(rig, old)));
  return [...ends, ...(await Promise.all(worker)).flat()];
}

describeWithNginx('behind nginx', () => {
  it(
    `two apis and a worker are replaced in turn, ${ROUNDS} times, and nobody notices`,
    async () => {
      const rig = await startRig();
      const [first, second] = rig.apis;
      const nginx = cleanup(await startNginx([portOf(first!), portOf(second!)]));
      const ledger = cleanup(new Ledger(rig, throughNginx(nginx)));
      ledger.startSteadyClient();
      const clients = startClients(nginx).map(cleanup);
      const ends: ReturnType<typeof terminate>[] = [];
      for (let round = 0; round < ROUNDS; round++) ends.push(...(await replaceAll(rig)));
      await Promise.all(clients.map((client) => client.stop()));
      await ledger.stop();

      expect(nginx.complaints()).toEqual([]);
      expect(outcomesOf(clients)).toEqual({ 200: expect.any(Number), 401: expect.any(Number) });
      expect(ledger.entries.filter(({ status }) => status !== 201)).toEqual([]);
      const ended = await Promise.all(ends);
      expect(ended.map((end) => end.ended)).toEqual(Array(3 * ROUNDS).fill('code 0'));
      const longestEnd = Math.max(...ended.map(({ took }) => took));
      expect(longestEnd).toBeLessThan(GRACE_MS);
      const figures = await checkInvariants(rig, ledger);
      report({
        id: 'F-A1',
        title: `${ROUNDS} rounds behind nginx, the longest end as recovery`,
        backend: rig.plan.backend,
        result: { ...figures, recovery: Math.round(longestEnd) },
      });
    },
    TIMEOUT_MS,
  );
});
