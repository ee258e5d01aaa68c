import { expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, request } from '../support/client.js';
import type { TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { askOn, newAgent } from '../support/keep-alive.js';
import { logLines } from '../support/log.js';
import { becomes, newestMail } from '../support/mails.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { describeOnBothBackends } from '../support/redis.js';
import { type Replica, type Service, startReplica, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const cleanup = useCleanup();

interface World {
  smtp: ScriptedSmtp;
  service: Service;
  email: string;
}

/** A service, and somebody whose mail is on the wire, not yet taken. A replica sends it, to be stopped alone. */
async function mailAtHand(variables: NodeJS.ProcessEnv = {}): Promise<World & { worker: Replica }> {
  const smtp = cleanup(await startSmtp('hold'));
  const service = cleanup(await startService({ ...variables, SMTP_URL: smtp.url, ROLE: 'api' }));
  const worker = await startReplica({ ...service.variables, ROLE: 'worker', SHUTDOWN_GRACE_SECONDS: '1' });
  const email = newEmail();
  await register(service.url, email);
  await eventually(() => smtp.holding === 1, { what: 'a mail on the wire' });
  return { smtp, service, email, worker };
}

/** Keeps everybody from the outbox until `sql('rollback')`. */
async function lockOutbox(database: TestDatabase): Promise<void> {
  await database.sql('begin');
  await database.sql('lock table mails');
}

/** Somebody has waited for the lock in vain. */
function somebodyGaveUp(): boolean {
  return logLines(({ msg }) => String(msg).startsWith('the relay will try again')).length > 0;
}

describeOnBothBackends('a worker that is stopped', (startBackend) => {
  it('gives back the mail that it could not finish, uncounted, and another one sends it', async () => {
    const { variables } = cleanup(await startBackend());
    const { smtp, service, email, worker } = await mailAtHand(variables);
    await worker.stop();
    expect(await newestMail(service.database, email)).toMatchObject({ state: 'pending', attempts: 0 });
    smtp.mode = 'ok';
    cleanup(await startReplica({ ...service.variables, ROLE: 'worker' }));
    await becomes(service.database, email, 'sent');
    expect(new Set(smtp.mails.map(({ messageId }) => messageId)).size).toBe(1);
  });
});

it('a worker that is stopped while it looks whether the server is there gives its mail back, uncounted', async () => {
  const smtp = cleanup(await startSmtp());
  const service = cleanup(await startService({ SMTP_URL: smtp.url, ROLE: 'api' }));
  const worker = await startReplica({ ...service.variables, ROLE: 'worker', SHUTDOWN_GRACE_SECONDS: '4' });
  await eventually(() => smtp.connections.length === 1, { what: 'the first look' });
  smtp.towards = () => {
    smtp.mode = 'drip';
    return 'lose-reply';
  };
  const email = newEmail();
  await register(service.url, email);
  await eventually(() => smtp.connections.length === 3, { what: 'the mail, and another look' });
  await worker.stop();
  const [row] = await service.database.sql(
    `select state, attempts, lease_until from mails where user_id = (select id from users where email = $1)`,
    [email],
  );
  expect(row).toEqual({ state: 'pending', attempts: 0, lease_until: null });
});

it('a mail that is out is recorded as sent as soon as the database lets it, and not sent again', async () => {
  const { smtp, service, email, worker } = await mailAtHand();
  cleanup(worker);
  await lockOutbox(service.database);
  smtp.release();
  await eventually(somebodyGaveUp);
  await service.database.sql('rollback');
  await becomes(service.database, email, 'sent');
  expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
});

it('a worker that is stopped does not wait for a database that gives no answer', async () => {
  const { smtp, service, worker } = await mailAtHand();
  await lockOutbox(service.database);
  smtp.release();
  const start = performance.now();
  await worker.stop();
  expect(performance.now() - start).toBeLessThan(8_000);
  await service.database.sql('rollback');
});

it('a service that is stopped answers what it was asked, and waits for no open connection', async () => {
  const service = cleanup(await startService({ ROLE: 'api' }));
  const replica = await startReplica({ ...service.variables, BCRYPT_COST: '11' });
  const registrations = Array.from({ length: 4 }, () => register(replica.url, newEmail()));
  await Promise.race(registrations);
  const start = performance.now();
  await replica.stop();
  expect((await Promise.all(registrations)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(performance.now() - start).toBeLessThan(8_000);
});

it('a service that gets SIGTERM is not ready at once, serves until that was seen, and lets go of idle clients', async () => {
  const service = cleanup(await startService({ ROLE: 'api' }));
  const replica = await startReplica({
    ...service.variables,
    SHUTDOWN_DRAIN_SECONDS: '2',
    SHUTDOWN_GRACE_SECONDS: '8',
  });
  const idle = newAgent();
  await askOn(idle, { url: `${replica.url}/health/live` });
  const start = performance.now();
  // Nest's types leave out that it can be told the signal.
  const end = (replica.app.close as (signal: string) => Promise<void>).call(replica.app, 'SIGTERM');
  await eventually(async () => (await request(replica.url, 'GET', '/health/ready')).status === 503);
  expect((await register(replica.url, newEmail())).status).toBe(201);
  await end;
  const took = performance.now() - start;
  idle.destroy();
  // The drain, and a quarter of the grace for a client that never comes back.
  expect(took).toBeGreaterThan(4_000);
  expect(took).toBeLessThan(8_000);
});
