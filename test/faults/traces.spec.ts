import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { freePort } from '../../dev/ports.mjs';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { Collector } from '../support/collector.js';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type ServiceProcess, answering, startProcess, terminate } from '../support/process.js';
import { describeOnBothBackends } from '../support/redis.js';
import { startSmtp } from '../support/smtp.js';

/** An ordinary end with a collector that does not answer, on the small machines that tests run on, milliseconds. */
const PROMPT_MS = 5_000;

/** Some of these start two processes, one after the other. */
const START_MS = 30_000;

const cleanup = useCleanup();

interface World {
  database: TestDatabase;
  start: (variables: NodeJS.ProcessEnv) => Promise<ServiceProcess>;
}

/** Processes on one database, started one by one. */
async function newWorld(common: NodeJS.ProcessEnv): Promise<World> {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const smtp = cleanup(await startSmtp());
  const start = async (variables: NodeJS.ProcessEnv) => {
    const wanted = { DATABASE_URL: database.url, SMTP_URL: smtp.url, ...common, ...variables };
    const service = cleanup(await startProcess(wanted));
    await answering(service, '/health/ready', START_MS);
    return service;
  };
  return { database, start };
}

async function registered(api: ServiceProcess): Promise<void> {
  expect((await register(api.url, newEmail())).status).toBe(201);
}

describeOnBothBackends('one trace', (startBackend) => {
  it('leads from the request in one process to the mail in another', async () => {
    const { variables } = cleanup(await startBackend());
    const collector = cleanup(await Collector.start());
    const { start } = await newWorld({ ...variables, ...collector.variables });
    const [api] = await Promise.all([start({ ROLE: 'api' }), start({ ROLE: 'worker' })]);
    await registered(api);

    const attempt = await collector.span({ name: 'mail deliver' });
    const { traceId } = attempt;
    const request = await collector.span({ traceId, name: 'POST /v1/registration' });
    expect(attempt.parentSpanId).toBe(request.spanId);
    expect([request, attempt].map(({ resource }) => resource['role'])).toEqual(['api', 'worker']);
    expect(await collector.span({ traceId, name: 'smtp send' })).toMatchObject({
      parentSpanId: attempt.spanId,
    });
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  });

  it('goes on when the queue forgot the mail and the relay finds it', async () => {
    const { variables } = cleanup(await startBackend());
    const collector = cleanup(await Collector.start());
    const { database, start } = await newWorld({ ...variables, ...collector.variables });
    await registered(await start({ ROLE: 'api' }));
    const { traceId } = await collector.span({ name: 'mail enqueue' });
    await emptyQueue(database, variables['REDIS_URL']);
    await database.sql('update mails set due_at = now()');

    const worker = await start({ ROLE: 'worker' });
    expect(await collector.span({ name: 'mail deliver' })).toMatchObject({
      traceId,
      resource: { role: 'worker' },
    });
    await eventually(() => worker.output().includes('mail.requeued'));
  });
});

async function emptyQueue(database: TestDatabase, redisUrl: string | undefined): Promise<void> {
  if (redisUrl === undefined) return void (await database.sql('delete from bullmq.job'));
  const redis = new Redis(redisUrl);
  await redis.flushall();
  redis.disconnect();
}

it('what is left is sent before the process ends', async () => {
  const collector = cleanup(await Collector.start());
  const { start } = await newWorld({ ...collector.variables, OTEL_BSP_SCHEDULE_DELAY: '60000' });
  const service = await start({});
  await registered(service);
  await eventually(() => service.output().includes('mail.sent'));
  expect(collector.requests).toBe(0);
  expect((await terminate(service)).ended).toBe('code 0');
  expect(collector.spans.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['POST /v1/registration', 'mail deliver']),
  );
});

const away = async () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
const silent = async () => {
  const collector = cleanup(await Collector.start());
  collector.mode = 'silent';
  return collector.variables;
};

describe('a collector that is', () => {
  it.each([
    ['away', away],
    ['silent', silent],
  ])('%s costs no request, no mail, no words and hardly any time at the end', async (_mode, variables) => {
    const settings = {
      ...(await variables()),
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    };
    const { database, start } = await newWorld(settings);
    const service = await start({});
    await registered(service);
    await eventually(() => service.output().includes('spans are lost'), { within: 20_000 });
    const begin = performance.now();
    for (const _ of [1, 2, 3]) await registered(service);
    expect((performance.now() - begin) / 3).toBeLessThan(1_000);
    await eventually(async () => (await database.sql(`select from mails where state = 'sent'`)).length === 4);

    const { ended, took } = await terminate(service);
    expect(ended).toBe('code 0');
    expect(took).toBeLessThan(PROMPT_MS);
    expect(service.output().match(/spans are lost/g)).toHaveLength(1);
    expect(service.output()).not.toContain('    at ');
  });
});

describe("OpenTelemetry's SDK", () => {
  // Prints at the end what was loaded; all of OpenTelemetry is CommonJS.
  const spy = `import { Module } from 'node:module';
    process.on('exit', () => console.log(Object.keys(Module._cache).join('\\n')));`;
  const variables = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(spy)}` };

  async function loadedBy(settings: NodeJS.ProcessEnv): Promise<string> {
    const service = await (await newWorld(settings)).start(variables);
    await registered(service);
    await terminate(service);
    return service.output();
  }

  it('is not even loaded without an endpoint', async () => {
    const output = await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect(output).toContain('@opentelemetry/api/');
    expect(output).not.toMatch(/opentelemetry\/(?!api\/)/);
  });

  it('is loaded with one', async () => {
    const collector = cleanup(await Collector.start());
    expect(await loadedBy(collector.variables)).toContain('@opentelemetry/sdk-trace-base/');
  });
});
