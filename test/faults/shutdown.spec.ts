import { Agent, get } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, request } from '../support/client.js';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { HoldingClient, outcomesOf } from '../support/keep-alive.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { OwnRedis } from '../support/own-redis.js';
import { type ServiceProcess, answering, startProcess, terminate } from '../support/process.js';
import { type Backend, describeOnBothBackends, describeWithRedis } from '../support/redis.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

/** An ordinary end, on the small machines that tests run on, milliseconds. */
const PROMPT_MS = 5_000;

const cleanup = useCleanup();

interface World {
  database: TestDatabase;
  smtp: ScriptedSmtp;
  service: ServiceProcess;
  /** For another process of the same service. */
  variables: NodeJS.ProcessEnv;
}

async function startWorld(overrides: NodeJS.ProcessEnv = {}): Promise<World> {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const smtp = cleanup(await startSmtp());
  const variables = { DATABASE_URL: database.url, SMTP_URL: smtp.url, ...overrides };
  const service = cleanup(await startProcess(variables));
  await answering(service);
  return { database, smtp, service, variables };
}

/** Registers somebody and returns when their mail is on the wire, not yet taken. */
async function mailAtHand({ smtp, service }: World): Promise<string> {
  const email = newEmail();
  smtp.mode = 'hold';
  expect((await register(service.url, email)).status).toBe(201);
  await eventually(() => smtp.holding === 1, { what: 'a mail on the wire' });
  return email;
}

/** Returns when the process has begun to end. */
async function isEnding(service: ServiceProcess): Promise<void> {
  const ready = () => request(service.url, 'GET', '/health/ready');
  await eventually(
    () =>
      ready().then(
        ({ status }) => status === 503,
        () => true,
      ),
    { what: 'the end' },
  );
}

async function mailStates(database: TestDatabase): Promise<unknown[]> {
  return (await database.sql<{ state: string }>('select state from mails')).map(({ state }) => state);
}

function worldOn(backend: Backend, variables: NodeJS.ProcessEnv = {}): Promise<World> {
  return startWorld({ ...cleanup(backend).variables, ...variables });
}

describeOnBothBackends('SIGTERM while a mail is being sent', (startBackend) => {
  it('lets it be sent, once, and ends with 0, in a short time, too', async () => {
    const world = await worldOn(await startBackend(), { SHUTDOWN_GRACE_SECONDS: '3' });
    await mailAtHand(world);
    const end = terminate(world.service);
    await isEnding(world.service);
    world.smtp.release();
    expect(await end).toEqual({ ended: 'code 0', took: expect.any(Number) });
    expect(world.smtp.mails).toHaveLength(1);
    expect(await mailStates(world.database)).toEqual(['sent']);
  });

  it('is not made impatient by a second one', async () => {
    const world = await worldOn(await startBackend());
    await mailAtHand(world);
    const end = terminate(world.service);
    await isEnding(world.service);
    world.service.kill('SIGTERM');
    world.smtp.release();
    expect((await end).ended).toBe('code 0');
    expect(await mailStates(world.database)).toEqual(['sent']);
  });

  it('gives it back when the time is up, and the next process sends it', async () => {
    const world = await worldOn(await startBackend(), { SHUTDOWN_GRACE_SECONDS: '6' });
    await mailAtHand(world);
    const { ended, took } = await terminate(world.service);
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(6_000);
    expect(await mailStates(world.database)).toEqual(['pending']);

    world.smtp.release();
    cleanup(await startProcess(world.variables));
    await eventually(async () => (await mailStates(world.database))[0] === 'sent');
  });
});

describeWithRedis('SIGTERM without Redis', () => {
  it('ends in time with 0 while Redis is killed, and the mail at hand is sent once', async () => {
    const redis = cleanup(await OwnRedis.start());
    const world = await startWorld({ REDIS_URL: redis.url });
    await mailAtHand(world);
    await redis.kill();
    const end = terminate(world.service);
    await isEnding(world.service);
    world.smtp.release();
    const { ended, took } = await end;
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(PROMPT_MS);
    expect(world.smtp.mails).toHaveLength(1);
    expect(await mailStates(world.database)).toEqual(['sent']);
  });

  it('ends in time with 0 while Redis is frozen', async () => {
    const redis = cleanup(await OwnRedis.start());
    const { service } = await startWorld({ REDIS_URL: redis.url });
    redis.freeze();
    const { ended, took } = await terminate(service);
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(PROMPT_MS);
  });
});

describe('SIGTERM', () => {
  it('ends in time with 0 while the SMTP server is away', async () => {
    const { smtp, service } = await startWorld();
    await smtp.stop();
    await register(service.url, newEmail());
    await eventually(() => service.output().includes('smtp.unreachable'));
    const { ended, took } = await terminate(service);
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(PROMPT_MS);
  });

  it('ends in time with 0 while PostgreSQL is frozen and a mail is at hand', async () => {
    const postgres = cleanup(await OwnPostgres.start());
    const world = await startWorld({ DATABASE_URL: postgres.url, SHUTDOWN_GRACE_SECONDS: '8' });
    await mailAtHand(world);
    postgres.freeze();
    const { ended, took } = await terminate(world.service);
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(8_000);
  });

  it('answers the requests at hand and ends, in a short time, too, whatever a client does with its connection', async () => {
    const { service } = await startWorld({ BCRYPT_COST: '11', SHUTDOWN_GRACE_SECONDS: '3' });
    const client = cleanup(restlessClient(service.url));
    await eventually(() => client.answers() > 10);
    const registrations = Array.from({ length: 6 }, () => register(service.url, newEmail()));
    await Promise.race(registrations);
    const end = terminate(service);
    const statuses = (await Promise.all(registrations)).map(({ status }) => status);
    expect(statuses).toEqual(Array(6).fill(201));
    const { ended, took } = await end;
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(PROMPT_MS);
  });
});

describe('SIGTERM, with load balancers and clients that keep their connections', () => {
  it('is told by readiness at once, and everybody is served until that was seen', async () => {
    const { service } = await startWorld({ SHUTDOWN_DRAIN_SECONDS: '3' });
    const end = terminate(service);
    const ready = async () => (await request(service.url, 'GET', '/health/ready')).status;
    await eventually(async () => (await ready()) === 503, { what: '503 for readiness' });
    const { status, headers } = await register(service.url, newEmail());
    expect({ status, connection: headers.get('connection') }).toEqual({
      status: 201,
      connection: 'keep-alive',
    });
    const { ended, took } = await end;
    expect(ended).toBe('code 0');
    expect(took).toBeGreaterThan(3_000);
  });

  it('resets nobody: each client is told with an answer that its connection ends', async () => {
    const { service } = await startWorld({ SHUTDOWN_DRAIN_SECONDS: '1' });
    const asking = { url: `${service.url}/health/live` };
    const clients = Array.from({ length: 16 }, (_, index) => new HoldingClient(asking, index * 100));
    for (const client of clients) cleanup(client.start());
    await eventually(() => clients.every(({ outcomes }) => outcomes.has('200')));
    const { ended, took } = await terminate(service);
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(10_000);
    await Promise.all(clients.map((client) => client.stop()));
    expect(Object.keys(outcomesOf(clients)).filter((outcome) => outcome !== 'ECONNREFUSED')).toEqual(['200']);
    expect(clients.map(({ farewells }) => farewells)).toEqual(clients.map(() => 1));
  });
});

/** Asks again as soon as it is answered, on one connection for as long as that lasts. */
function restlessClient(url: string): { answers(): number; stop(): Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answers = 0;
  let stopped = false;
  const ask = () => {
    if (stopped) return;
    get(`${url}/health/live`, { agent }, (response) => {
      answers += 1;
      response.resume().once('end', ask);
    }).once('error', () => setImmediate(ask));
  };
  ask();
  return {
    answers: () => answers,
    stop: async () => {
      stopped = true;
      agent.destroy();
    },
  };
}
