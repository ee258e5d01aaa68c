import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { activate, basic, register, request, resend, whoAmI } from '../support/client.js';
import { Collector } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { becomes, newestMail, putOff } from '../support/mails.js';
import { type Service, anotherCode, codeFor, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const PASSWORD = 'canary-password-1';
const operator = { name: 'canary-operator', password: 'canary-operator-password' };
const before = { ...process.env };
let collector: Collector;
let smtp: ScriptedSmtp;
let service: Service;

beforeAll(async () => {
  collector = await Collector.start();
  Object.assign(process.env, collector.variables);
  smtp = await startSmtp();
  service = await startService({
    ...collector.variables,
    SMTP_URL: smtp.url,
    ADMIN_USERNAME: operator.name,
    ADMIN_PASSWORD: operator.password,
    TRUST_PROXY: '1',
  });
});

afterAll(async () => {
  await service.stop();
  await smtp.stop();
  await collector.stop();
  process.env = before;
});

const addressOf = (name: string) => `canary-${name}@canary-${name}.example`;

/** What a client may write wherever it likes, all of it recognisable. */
const marked = {
  'user-agent': 'canary-agent',
  'x-forwarded-for': '203.0.113.77',
  baggage: 'canary=baggage',
  traceparent: '00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'canary=tracestate',
};

function ask(method: string, path: string, options: { body?: unknown; auth?: string } = {}): Promise<number> {
  const sent = { ...options, headers: marked, documented: false };
  return request(service.url, method, path, sent).then(({ status }) => status);
}

/** Somebody goes all the way, with every mistake on it. @returns the codes that were written */
async function wholeJourney(): Promise<string[]> {
  const email = addressOf('journey');
  expect((await register(service.url, email, PASSWORD)).status).toBe(201);
  expect((await register(service.url, email, PASSWORD)).status).toBe(409);
  const code = await codeFor(smtp, email);
  const wrong = anotherCode(code);
  expect((await activate(service.url, email, wrong, PASSWORD)).status).toBe(400);
  expect((await activate(service.url, email, code, 'canary-wrong-password')).status).toBe(401);
  expect((await activate(service.url, email, code, PASSWORD)).status).toBe(200);
  expect((await whoAmI(service.url, email, PASSWORD)).status).toBe(200);
  expect((await resend(service.url, email, PASSWORD)).status).toBe(409);
  return [code, wrong];
}

/** The mail server refuses somebody for good, puts off somebody else, and says to whom. */
async function refusedMails(): Promise<void> {
  smtp.mode = 'no-such-user';
  await register(service.url, addressOf('refused'), PASSWORD);
  await becomes(service.database, addressOf('refused'), 'dead');
  smtp.mode = 'defer';
  await register(service.url, addressOf('deferred'), PASSWORD);
  await putOff(service, (await newestMail(service.database, addressOf('deferred'))).id);
  smtp.release();
}

/** The database says which row it does not take. */
async function refusedRow(): Promise<void> {
  await service.database.sql('alter table users add constraint canary check (id is null) not valid');
  const body = { email: addressOf('row'), password: PASSWORD };
  expect(await ask('POST', '/v1/registration', { body })).toBe(500);
  await service.database.sql('alter table users drop constraint canary');
}

async function hostileRequests(): Promise<void> {
  const email = addressOf('query');
  expect(await ask('POST', '/v1/registration', { body: '{"email":"canary-malformed' })).toBe(400);
  expect(await ask('POST', '/v1/registration', { body: { email: 'canary-invalid' } })).toBe(422);
  expect(await ask('GET', `/v1/canary-path/${email}?canary-query=${email}`)).toBe(404);
  expect(await ask('GET', '/v1/users/me?canary-query=1', { auth: 'Bearer canary-token' })).toBe(401);
}

async function operatorLooks(): Promise<void> {
  const auth = basic(operator.name, operator.password);
  const list = `/v1/admin/users?email=${addressOf('journey')}`;
  const { body } = await request(service.url, 'GET', list, { auth });
  expect(body['items']).toHaveLength(1);
  expect(await ask('GET', list, { auth: basic(operator.name, 'canary-guess') })).toBe(401);
  expect(await ask('DELETE', `/v1/admin/users/${body['items'][0].id}`, { auth })).toBe(204);
}

it('no address, password, code, header, path, query, parameter or message is in any span', async () => {
  const codes = await wholeJourney();
  await refusedMails();
  await refusedRow();
  await hostileRequests();
  await operatorLooks();

  const traced = () => new Set(collector.spans.map(({ name }) => name));
  await eventually(() => traced().has('DELETE /v1/admin/users/:id'));
  expect([...traced()]).toEqual(
    expect.arrayContaining(['POST /v1/registration', 'POST /v1/activation', 'GET /v1/users/me', 'smtp send']),
  );
  expect(collector.spans.filter(({ status }) => status.code === 2).length).toBeGreaterThan(4);

  const { text } = collector;
  expect(text).not.toMatch(/canary/i);
  expect(text).not.toContain('203.0.113.77');
  expect(text).not.toMatch(/Basic |Bearer |\$2[aby]\$|no such user|Failing row/);
  for (const name of ['journey', 'refused', 'deferred', 'row', 'query']) {
    for (const password of [PASSWORD, 'canary-wrong-password']) {
      expect(text).not.toContain(basic(addressOf(name), password).slice('Basic '.length));
    }
  }
  const numbers = new Set(
    [...text.matchAll(/(?<![\w.:$/+-])\d{6}(?![\w.:$/+-])/g)].map(([digits]) => digits),
  );
  expect(codes.filter((code) => numbers.has(code))).toEqual([]);
});
