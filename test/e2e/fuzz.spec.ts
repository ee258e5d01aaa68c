import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { problems } from '../../src/common/problems.js';
import { type ApiOperation, operationsOf } from '../support/api-operations.js';
import { type Answer, PASSWORD, basic, request } from '../support/client.js';
import { hostileString, hostileValue, mutated } from '../support/hostile.js';
import { logLines } from '../support/log.js';
import { newActivePerson, newPerson } from '../support/person.js';
import { Random, fuzzSeed } from '../support/random.js';
import { type RawAnswer, exchange } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

/** `FUZZ_REQUESTS=10000` for a long run, `FUZZ_SEED` to have one again. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_500);
const SEED = fuzzSeed();
const AT_ONCE = 8;

/** Silence after which a mutated request is taken for one that never ends, milliseconds. */
const PATIENCE_MS = 400;

let service: Service;
let operations: ApiOperation[];
let person: { email: string };
/** Of people whom an operator may look at, and erase. */
let ids: string[];

beforeAll(async () => {
  service = await startService({ ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'pass:word' });
  operations = await operationsOf(service.url);
  person = await newActivePerson(service);
  ids = await Promise.all(Array.from({ length: 20 }, async () => (await newPerson(service)).id));
});

afterAll(() => service.stop());

/** Some at once; the first fault is thrown with what it takes to have it again. */
async function forEachCase(count: number, salt: number, work: (random: Random) => Promise<void>) {
  let next = 0;
  const run = async () => {
    for (let i = next++; i < count; i = next++) {
      await work(Random.ofCase(SEED + salt, i)).catch((cause: unknown) => {
        throw new Error(`case ${i} with FUZZ_SEED=${SEED} FUZZ_REQUESTS=${REQUESTS}: ${String(cause)}`, {
          cause,
        });
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
}

function authorization(operation: ApiOperation, random: Random): string | undefined {
  const right =
    operation.scheme === 'operator' ? basic('operator', 'pass:word') : basic(person.email, PASSWORD);
  if (random.chance(70)) return right;
  return random.pick([
    undefined,
    basic(person.email, hostileString(random)),
    basic(hostileString(random), PASSWORD),
    inHeader(Buffer.from(mutated(Buffer.from(right), random)).toString('latin1')),
    `Basic ${hostileString(random).replaceAll(/[^!-~]/g, '')}`,
  ]);
}

/** What a client lets through in a header. */
const inHeader = (text: string) => text.replaceAll(/[^\t -~\u0080-\u00ff]/g, '').trim();

/** Headers that a program may read; `identity` and JSON are right. */
const headerNames = [
  'content-type',
  'content-encoding',
  'accept',
  'x-request-id',
  'x-forwarded-for',
  'origin',
  'range',
  'if-none-match',
  'cookie',
];

function headersOf(random: Random): Record<string, string> {
  if (random.chance(70)) return {};
  const hostile = () => [random.pick(headerNames), inHeader(hostileString(random))] as const;
  return Object.fromEntries(random.times(1 + random.int(3), hostile));
}

function expectNoFault({ status, text, headers }: Answer | RawAnswer): void {
  if (status < 400) return;
  const { type, title, detail, instance } = JSON.parse(text);
  const slug = String(type).replace('/problems/', '') as keyof typeof problems;
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect({ status, title }).toEqual({ status: problems[slug].status, title: problems[slug].title });
  expect([typeof detail, instance]).toEqual(['string', headers.get('x-request-id')]);
  expect(status < 500 ? 'no fault of ours' : slug).toMatch(/^(no fault of ours|overloaded)$/);
}

async function expectHealth(): Promise<void> {
  expect((await request(service.url, 'GET', '/health/ready')).status).toBe(200);
  expect(logLines(({ level, status }) => ['error', 'fatal'].includes(level) && status !== 503)).toEqual([]);
}

it('whatever stands where the document allows something, every answer is one of the document', async () => {
  const statuses = new Set<number>();
  await forEachCase(Math.ceil(REQUESTS * 0.4), 1, async (random) => {
    const operation = random.pick(operations);
    const auth = authorization(operation, random);
    const body = random.chance(95) ? operation.body(random) : hostileValue(random);
    const path = operation.path(random, ids);
    const answer = await request(service.url, operation.method, path, {
      ...(auth === undefined ? {} : { auth }),
      ...(body === undefined || operation.method === 'GET' ? {} : { body: JSON.stringify(body) }),
      headers: headersOf(random),
    });
    expectNoFault(answer);
    statuses.add(answer.status);
  });
  // Else the cases would not reach what they are about.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 401, 404, 415, 422]));
  await expectHealth();
}, 300_000);

it('whatever octets a body has, every answer is one of the document', async () => {
  const withBody = operations.filter((operation) => operation.body(new Random(1)) !== undefined);
  const statuses = new Set<number>();
  await forEachCase(Math.ceil(REQUESTS * 0.3), 2, async (random) => {
    const operation = random.pick(withBody);
    const body = mutated(Buffer.from(JSON.stringify(operation.body(random))), random);
    const auth = basic(person.email, PASSWORD);
    const answer = await request(service.url, operation.method, operation.path(random, ids), { body, auth });
    expectNoFault(answer);
    statuses.add(answer.status);
  });
  expect([...statuses]).toEqual(expect.arrayContaining([201, 400, 422]));
  await expectHealth();
}, 300_000);

it('whatever octets come over the wire, every answer is no fault of ours', async () => {
  const statuses = new Set<number>();
  await forEachCase(Math.ceil(REQUESTS * 0.3), 3, async (random) => {
    const octets = mutated(rawRequest(random.pick(operations), random), random);
    for (const answer of await exchange(service.url, octets, { patience: PATIENCE_MS })) {
      expectNoFault(answer);
      statuses.add(answer.status);
    }
  });
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 404]));
  await expectHealth();
}, 600_000);

function rawRequest(operation: ApiOperation, random: Random): Buffer {
  const body = JSON.stringify(operation.body(random) ?? {});
  const chunked = random.chance(30);
  const size = Buffer.byteLength(body).toString(chunked ? 16 : 10);
  return Buffer.from(
    [
      `${operation.method} ${operation.path(random, ids)} HTTP/1.1`,
      'host: service.example',
      'connection: close',
      `authorization: ${operation.scheme === 'operator' ? basic('operator', 'pass:word') : basic(person.email, PASSWORD)}`,
      'content-type: application/json',
      chunked ? 'transfer-encoding: chunked' : `content-length: ${size}`,
      '',
      chunked ? `${size}\r\n${body}\r\n0\r\n\r\n` : body,
    ].join('\r\n'),
  );
}
