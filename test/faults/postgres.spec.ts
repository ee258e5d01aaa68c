import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { type Answer, newEmail, register, request } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { RECOVERY_MS, deliveredOnce, outcomes } from '../support/outcomes.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { type ServiceProcess, answering, startProcess } from '../support/process.js';
import { describeOnBothBackends } from '../support/redis.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

/** The second that a probe may take, and what a busy test machine adds to it, milliseconds. */
const PROBE_MS = 1_500;

const cleanup = useCleanup();
let postgres: OwnPostgres;

beforeAll(async () => {
  postgres = await OwnPostgres.start();
});

afterEach(async () => {
  postgres.thaw();
  await postgres.start();
});

afterAll(async () => {
  await postgres.stop();
});

/** 503 with a time to come back, within that time. */
async function expectUnavailable(ask: Promise<Answer>, within: number): Promise<void> {
  const { status, headers, took } = await ask;
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(took).toBeLessThan(within);
}

async function expectAlive(service: ServiceProcess): Promise<void> {
  const { status, took } = await request(service.url, 'GET', '/health/live');
  expect(status).toBe(200);
  expect(took).toBeLessThan(PROBE_MS);
}

describeOnBothBackends('a service whose PostgreSQL fails', (startBackend) => {
  async function startService(): Promise<{ service: ServiceProcess; smtp: ScriptedSmtp }> {
    const { variables } = cleanup(await startBackend());
    const smtp = cleanup(await startSmtp());
    const service = cleanup(
      await startProcess({ ...variables, DATABASE_URL: postgres.url, SMTP_URL: smtp.url }),
    );
    await answering(service, '/health/live');
    return { service, smtp };
  }

  it('starts without it, says so, and works as soon as it is there', async () => {
    await postgres.halt();
    const { service, smtp } = await startService();
    await expectAlive(service);
    await expectUnavailable(request(service.url, 'GET', '/health/ready'), PROBE_MS);
    await expectUnavailable(register(service.url, newEmail()), 5_000);

    await postgres.start();
    await answering(service, '/health/ready', RECOVERY_MS);
    const email = newEmail();
    expect((await register(service.url, email)).status).toBe(201);
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('survives its restart under load: what was accepted is kept, and every mail arrives', async () => {
    const { service, smtp } = await startService();
    await answering(service);
    const accepted: string[] = [];
    let restarted = false;
    const client = async () => {
      for (let more = 3; more > 0; more -= restarted ? 1 : 0) {
        const email = newEmail();
        const { status } = await register(service.url, email);
        expect([201, 503]).toContain(status);
        if (status === 201) accepted.push(email);
      }
    };
    const load = [client(), client(), client(), client()];
    await eventually(() => accepted.length > 10);
    await postgres.halt();
    await postgres.start();
    restarted = true;
    await Promise.all(load);
    expect(service.isRunning()).toBe(true);
    await answering(service, '/health/ready', RECOVERY_MS);
    expect(await outcomes(service.url, smtp, accepted, 2 * RECOVERY_MS)).toEqual(
      accepted.map(() => deliveredOnce),
    );
  });

  it('answers 503 in time while it is frozen, and works when it moves again', async () => {
    const { service, smtp } = await startService();
    await answering(service);
    postgres.freeze();
    const refused = Array.from({ length: 4 }, () =>
      expectUnavailable(register(service.url, newEmail()), 6_000),
    );
    await expectAlive(service);
    await expectUnavailable(request(service.url, 'GET', '/health/ready'), PROBE_MS);
    await Promise.all(refused);
    postgres.thaw();
    await answering(service, '/health/ready', RECOVERY_MS);
    const email = newEmail();
    expect((await register(service.url, email)).status).toBe(201);
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });
});
