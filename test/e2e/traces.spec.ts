import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, newEmail, register, request } from '../support/client.js';
import { Collector, type CollectedSpan, FAILED, spanKinds } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { linesOfRequest, logLines } from '../support/log.js';
import { becomes, newestMail } from '../support/mails.js';
import { type Service, codeFor, startService } from '../support/service.js';
import { type ScriptedSmtp, type SmtpMode, startSmtp } from '../support/smtp.js';

const before = { ...process.env };
let collector: Collector;
let smtp: ScriptedSmtp;
let service: Service;

beforeAll(async () => {
  collector = await Collector.start();
  // OpenTelemetry reads its variables by itself.
  Object.assign(process.env, collector.variables, {
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=spec',
  });
  smtp = await startSmtp();
  service = await startService({ ...collector.variables, SMTP_URL: smtp.url });
});

afterAll(async () => {
  await service.stop();
  await smtp.stop();
  await collector.stop();
  process.env = before;
});

const traceOf = ({ traceId }: CollectedSpan) => collector.spans.filter((span) => span.traceId === traceId);

/** Somebody registers. @returns the span of the request, once it is there */
async function registration(
  headers: Record<string, string> = {},
): Promise<CollectedSpan & { email: string }> {
  const email = newEmail();
  const id = `spec-${email.slice(0, 12)}`;
  const { status } = await request(service.url, 'POST', '/v1/registration', {
    body: { email, password: 'correct horse battery' },
    headers: { 'x-request-id': id, ...headers },
  });
  expect(status).toBe(201);
  const span = await collector.span({ attributes: { 'request.id': id } });
  return { ...span, email };
}

function delivery({ traceId }: CollectedSpan): Promise<CollectedSpan> {
  return collector.span({ traceId, name: 'mail deliver' });
}

/** Somebody registers while the mail server behaves like that. */
async function tryWhile(mode: SmtpMode): Promise<{ server: CollectedSpan; attempt: CollectedSpan }> {
  smtp.mode = mode;
  try {
    const server = await registration();
    return { server, attempt: await delivery(server) };
  } finally {
    smtp.release();
  }
}

async function oweAgain(mailId: string): Promise<void> {
  await service.database.sql(
    `update mails set state = 'pending', sent_at = null, due_at = now() where id = $1`,
    [mailId],
  );
}

const exporterLines = () => logLines(({ context }) => context === 'Tracing').map(({ level }) => level);

describe('the trace of a registration', () => {
  it('goes from the request to the hand-over of the mail, with every step between', async () => {
    const server = await registration();
    const consumer = await delivery(server);
    await collector.span({ traceId: server.traceId, name: 'mail enqueue' });
    const spans = traceOf(server);
    const children = (parent: CollectedSpan) =>
      spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).map(({ name }) => name);

    expect(server).toMatchObject({ name: 'POST /v1/registration', kind: spanKinds.server });
    expect(server.parentSpanId ?? '').toBe('');
    expect(children(server).toSorted()).toEqual(
      [
        'hash password',
        'connect',
        'begin',
        'insert',
        'insert',
        'insert',
        'commit',
        'mail enqueue',
        'mail deliver',
      ].toSorted(),
    );
    expect(consumer.kind).toBe(spanKinds.consumer);
    expect(children(consumer)).toEqual(
      expect.arrayContaining(['connect', 'begin', 'commit', 'smtp send', 'update']),
    );
    expect(spans.filter(({ name }) => name === 'smtp send')).toMatchObject([
      { kind: spanKinds.client, status: {} },
    ]);
    expect(spans.filter(({ name }) => name === 'mail enqueue')).toMatchObject([{ kind: spanKinds.producer }]);
  });

  it('names the service, its role and what the environment adds', async () => {
    expect((await registration()).resource).toMatchObject({
      'service.name': 'registration-api',
      role: 'all',
      'deployment.environment.name': 'spec',
    });
  });

  it('leads from the log of the request and of its mail, and back', async () => {
    const server = await registration();
    const { attributes, traceId } = server;
    const headers = new Headers({ 'x-request-id': String(attributes['request.id']) });
    const lines = await linesOfRequest(headers, 'mail.sent');
    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['http.request', 'registration.accepted', 'mail.sent']),
    );
    expect(new Set(lines.map(({ trace_id }) => trace_id))).toEqual(new Set([traceId]));
  });

  it('goes on with the trace of the caller', async () => {
    const [traceId, parentSpanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const server = await registration({ traceparent: `00-${traceId}-${parentSpanId}-01` });
    expect(server).toMatchObject({ traceId, parentSpanId });
    expect(await delivery(server)).toMatchObject({ parentSpanId: server.spanId });
  });

  it('begins anew where the caller sends nonsense', async () => {
    const server = await registration({ traceparent: '00-nonsense-01' });
    expect(server.parentSpanId ?? '').toBe('');
  });

  it('is not recorded where the caller does not want it, neither the request nor the mail', async () => {
    const traceId = '5bf92f3577b34da6a3ce929d0e0e4736';
    const email = newEmail();
    const answer = await request(service.url, 'POST', '/v1/registration', {
      body: { email, password: 'correct horse battery' },
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-00` },
    });
    await linesOfRequest(answer.headers, 'mail.sent');
    // What is exported later shows that this would have been.
    await delivery(await registration());
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });
});

describe('the span of a request', () => {
  it('tells method, route, status and the id of the log, and nothing else', async () => {
    const { attributes } = await registration();
    expect(attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/registration',
      'http.response.status_code': 201,
      'url.scheme': 'http',
      'request.id': expect.stringMatching(/^spec-/),
    });
  });

  it('has no name of its own where there is no route', async () => {
    await request(service.url, 'GET', '/v1/ada@example.com', { documented: false });
    const { attributes } = await collector.span({ name: 'GET' });
    expect(attributes).toMatchObject({ 'http.response.status_code': 404 });
    expect(attributes).not.toHaveProperty('http.route');
  });

  it('has failed with a 5xx, and the statement that caused it says why', async () => {
    await service.database.sql('alter table users rename to away');
    try {
      expect((await register(service.url, newEmail())).status).toBe(503);
    } finally {
      await service.database.sql('alter table away rename to users');
    }
    const failed = await collector.span({ attributes: { 'http.response.status_code': 503 } });
    expect(failed).toMatchObject({ status: FAILED, attributes: { 'error.type': '503' } });
    const statement = traceOf(failed).find(({ name }) => name === 'insert');
    expect(statement).toMatchObject({ status: FAILED, attributes: { 'error.type': '42P01' } });
  });

  it('ends with 499 when the client goes away', async () => {
    const client = connect(Number(new URL(service.url).port), '127.0.0.1');
    await once(client, 'connect');
    const head =
      'POST /v1/registration HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{';
    await new Promise((resolve) => client.write(head, resolve));
    client.end();
    expect(await collector.span({ attributes: { 'http.response.status_code': 499 } })).toMatchObject({
      name: 'POST /v1/registration',
      status: {},
    });
  });
});

describe('the span of a statement', () => {
  it('has its text with placeholders and none of its values', async () => {
    const server = await registration();
    const inserts = traceOf(server).filter(
      ({ name, parentSpanId }) => name === 'insert' && parentSpanId === server.spanId,
    );
    expect(inserts.map(({ attributes }) => Object.keys(attributes))).toEqual(
      inserts.map(() => ['db.system.name', 'db.query.text']),
    );
    expect(inserts).toHaveLength(3);
    expect(inserts[0]!.attributes['db.query.text']).toMatch(/^insert into users [^']*\$1/);
  });
});

describe('the span of a try at a mail', () => {
  const common = { 'mail.id': expect.any(String), 'mail.kind': 'activation-code', 'mail.attempt': 1 };

  it('tells that it was sent', async () => {
    const { attempt } = await tryWhile('ok');
    expect(attempt.attributes).toEqual({ ...common, 'mail.result': 'sent', 'smtp.reply_code': 250 });
    expect(attempt.status).toEqual({ code: 0 });
  });

  it.each<[SmtpMode, string, number]>([
    ['no-such-user', 'dead', 550],
    ['defer', 'retry', 451],
  ])(
    'tells what came of %s: %s, with the number of the reply and the class of the error',
    async (mode, result, code) => {
      const { server, attempt } = await tryWhile(mode);
      const type = mode === 'defer' ? 'EMESSAGE' : 'EENVELOPE';
      expect(attempt).toMatchObject({ status: FAILED, events: [], links: [] });
      expect(attempt.attributes).toEqual({
        ...common,
        'mail.result': result,
        'smtp.reply_code': code,
        'error.type': type,
      });
      expect(traceOf(server).find(({ name }) => name === 'smtp send')).toMatchObject({
        status: FAILED,
        attributes: { 'error.type': type },
      });
    },
  );

  it('tells that nobody wants the mail any more', async () => {
    const { email } = await registration();
    const { id } = await becomes(service.database, email, 'sent');
    expect((await activate(service.url, email, await codeFor(smtp, email))).status).toBe(200);
    await oweAgain(id);
    const { attributes, status } = await collector.span({ attributes: { 'mail.id': id, 'mail.attempt': 2 } });
    expect({ attributes, status }).toEqual({
      attributes: { ...common, 'mail.attempt': 2, 'mail.result': 'obsolete' },
      status: { code: 0 },
    });
  });

  it('begins a trace where the mail has none, as one of an older release', async () => {
    const { email, traceId } = await registration();
    const { id } = await becomes(service.database, email, 'sent');
    await service.database.sql('update mails set trace_parent = null where id = $1', [id]);
    await oweAgain(id);
    const span = await collector.span({ attributes: { 'mail.id': id, 'mail.attempt': 2 } });
    expect(span.traceId).not.toBe(traceId);
    expect(span.parentSpanId ?? '').toBe('');
    expect(await newestMail(service.database, email)).toMatchObject({ attempts: 2 });
  });
});

it('probes, metrics, pages and what is done in the background leave no span', async () => {
  for (const path of [
    '/health/live',
    '/health/ready',
    '/health',
    '/metrics',
    '/docs',
    '/openapi.json',
    '/problems/not-found',
  ]) {
    expect((await request(service.url, 'GET', path, { documented: false })).status).toBe(200);
  }
  await delivery(await registration());
  const roots = collector.spans.filter(({ parentSpanId = '' }) => parentSpanId === '');
  expect(roots.length).toBeGreaterThan(0);
  const names = new Set(roots.map(({ name }) => name));
  expect([...names].filter((name) => !/^(GET|POST) \/v1\/|^GET$|^mail deliver$/.test(name))).toEqual([]);
  expect(collector.spans.flatMap(({ events, links }) => [...events, ...links])).toEqual([]);
});

it('a collector that refuses spans costs no request, and a line of the log when it begins and when it ends', async () => {
  collector.mode = 'refuse';
  for (const _ of [1, 2, 3]) {
    const { requests } = collector;
    expect((await register(service.url, newEmail())).status).toBe(201);
    await eventually(() => collector.requests > requests);
  }
  await eventually(() => exporterLines().length === 1);
  collector.mode = 'take';
  await registration();
  await eventually(() => exporterLines().length === 2);
  expect(exporterLines()).toEqual(['warn', 'info']);
});
