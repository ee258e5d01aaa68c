import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, basic, newEmail, register } from '../support/client.js';
import { logLines } from '../support/log.js';
import { type RawAnswer, exchange } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** Lines as they are. */
const send = (...lines: string[]) => exchange(service.url, lines.join('\r\n'));

const json = (body: object) => [
  'content-type: application/json',
  `content-length: ${JSON.stringify(body).length}`,
  '',
  JSON.stringify(body),
];

/** One answer, which is that problem in full, and then the end of the connection. */
function expectOnly(answers: RawAnswer[], status: number, slug: string): void {
  expect(answers.map((answer) => answer.status)).toEqual([status]);
  const [{ headers, text }] = answers as [RawAnswer];
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(headers.get('connection')).toBe('close');
  expect(JSON.parse(text)).toMatchObject({ type: `/problems/${slug}`, status, instance: expect.any(String) });
  expect(JSON.parse(text).instance).toBe(headers.get('x-request-id'));
}

const large = (octets: number) => [`x-filler: ${'x'.repeat(octets)}`, '', ''];

const ask = (path: string, ...more: string[]) =>
  [`GET ${path} HTTP/1.1`, 'host: a', ...more, '', ''].join('\r\n');

const people = async () => (await service.database.sql('select from users')).length;

describe('a request that two servers could read differently is refused, and the connection with it', () => {
  const start = ['POST /v1/registration HTTP/1.1', 'content-type: application/json'];
  const host = 'host: service.example';
  const smuggled = ['', 'GET /health/live HTTP/1.1', host, '', ''];

  it.each<[string, string[]]>([
    [
      'a length and chunks',
      [...start, host, 'content-length: 6', 'transfer-encoding: chunked', '', '0', ...smuggled],
    ],
    [
      'chunks and a length',
      [...start, host, 'transfer-encoding: chunked', 'content-length: 6', '', '0', ...smuggled],
    ],
    ['two lengths', [...start, host, 'content-length: 0', 'content-length: 44', ...smuggled]],
    ['two equal lengths', [...start, host, 'content-length: 2', 'content-length: 2', '', '{}']],
    ['a list of lengths', [...start, host, 'content-length: 0, 44', ...smuggled]],
    ['a signed length', [...start, host, 'content-length: +0', ...smuggled]],
    ['a negative length', [...start, host, 'content-length: -1', ...smuggled]],
    ['a hexadecimal length', [...start, host, 'content-length: 0x2', '', '{}']],
    ['an empty length', [...start, host, 'content-length:', ...smuggled]],
    ['a length beyond all numbers', [...start, host, `content-length: ${'9'.repeat(40)}`, '', '{}']],
    ['chunks that are not called so', [...start, host, 'transfer-encoding: xchunked', '', '0', ...smuggled]],
    [
      'chunks before something else',
      [...start, host, 'transfer-encoding: chunked, identity', '', '0', ...smuggled],
    ],
    ['a blank before the colon of the length', [...start, host, 'content-length : 44', '', 'x']],
    [
      'a blank before the colon of the chunks',
      [...start, host, 'transfer-encoding : chunked', '', '0', ...smuggled],
    ],
    ['a folded header', [...start, host, 'transfer-encoding:', ' chunked', '', '0', ...smuggled]],
    ['a header that begins with a blank', [...start, ` ${host}`, host, '', '']],
    ['a header without a name', [...start, host, ': x', '', '']],
    ['a header without a colon', [...start, host, 'nonsense', '', '']],
    ['a control character in a header', [...start, host, 'x-a: b\u0000c', '', '']],
    ['a line feed alone', [`${start.join('\n')}\n${host}\n\n`]],
    ['a carriage return alone', [`${start[0]}\r${host}\r\n\r\n`]],
    [
      'a line feed alone after a chunk',
      [...start, host, 'transfer-encoding: chunked', '', '2', '{}\n0', '', ''],
    ],
    ['a chunk of no size', [...start, host, 'transfer-encoding: chunked', '', 'zz', '{}', '0', '', '']],
    [
      'a chunk longer than it says',
      [...start, host, 'transfer-encoding: chunked', '', '1', '{}', '0', '', ''],
    ],
    ['no host', [...start, '', '']],
    ['two hosts', [...start, host, 'host: other.example', '', '']],
    ['two equal hosts', [...start, host, host, '', '']],
    ['another protocol', ['POST /v1/registration HTCPCP/1.0', host, '', '']],
    ['another version', ['POST /v1/registration HTTP/3.7', host, '', '']],
    ['HTTP/0.9', ['GET /health/live', '', '']],
    ['HTTP/2', ['GET /health/live HTTP/2.0', host, '', '']],
    ['HTTP/2 without asking', ['PRI * HTTP/2.0', '', 'SM', '', '']],
    ['a method that is none', ['G@T /health/live HTTP/1.1', host, '', '']],
    ['a path with a blank in it', ['GET /health/live /x HTTP/1.1', host, '', '']],
    ['TLS', ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003']],
  ])('%s', async (_, lines) => {
    const before = await people();
    // A server that reads on after the fault would answer the second one, too.
    const withSecond = [...lines, 'GET /health/live HTTP/1.1', host, 'connection: close', '', ''];
    expectOnly(await send(...withSecond), 400, 'bad-request');
    expect(await people()).toBe(before);
  });
});

describe('headers', () => {
  const start = ['GET /health/live HTTP/1.1', 'host: a', 'connection: close'];

  it('of 15 KiB are read', async () => {
    expect(await send(...start, ...large(15_000))).toMatchObject([{ status: 200 }]);
  });

  it.each<[string, string[]]>([
    ['one long value', large(16_400)],
    ['many values', [...Array.from({ length: 1_000 }, (_, i) => `x-filler-${i}: xxxxx`), '', '']],
    ['a long name', [`${'x'.repeat(16_400)}: x`, '', '']],
    ['a long path', [`GET /${'x'.repeat(16_400)} HTTP/1.1`, '', '']],
  ])('over 16 KiB are refused: %s', async (_, lines) => {
    const answers = await send(...(lines[0]!.startsWith('GET') ? lines : [...start, ...lines]));
    expectOnly(answers, 431, 'headers-too-large');
  });

  it('of chunks over 16 KiB are refused', async () => {
    const chunk = [`1;${'x'.repeat(17_000)}`, '{', '0', '', ''];
    const lines = ['content-type: application/json', 'transfer-encoding: chunked', '', ...chunk];
    const answers = await send('POST /v1/registration HTTP/1.1', 'host: a', ...lines);
    expectOnly(answers, 413, 'content-too-large');
  });

  it('that expect something that is not there are read all the same', async () => {
    expect(await send(...start, 'expect: the-unexpected', '', '')).toMatchObject([{ status: 200 }]);
  });
});

it('what could not be read is in the log, with the id of its answer and nothing else of it', async () => {
  const [{ headers }] = (await send('CANARY /canary', 'canary', '', '')) as [RawAnswer];
  const [line] = logLines(({ requestId }) => requestId === headers.get('x-request-id'));
  expect(line).toMatchObject({
    event: 'http.unreadable',
    status: 400,
    fault: expect.stringMatching(/^HPE_/),
  });
  expect(JSON.stringify(line)).not.toMatch(/canary/i);
});

describe('requests in one go', () => {
  it('are answered in their order, however long each takes', async () => {
    const email = newEmail();
    await register(service.url, email);
    const slow = ask('/v1/users/me', `authorization: ${basic(email, PASSWORD)}`);
    const answers = await exchange(
      service.url,
      slow + ask('/health/live') + slow + ask('/nothing', 'connection: close'),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(4);
    expect([JSON.parse(answers[0]!.text).email, JSON.parse(answers[2]!.text).email]).toEqual([email, email]);
  });

  it('share no credentials', async () => {
    const email = newEmail();
    await register(service.url, email);
    const auth = `authorization: ${basic(email, PASSWORD)}`;
    const requests = ask('/v1/users/me', auth) + ask('/v1/users/me', 'connection: close');
    expect((await exchange(service.url, requests)).map(({ status }) => status)).toEqual([200, 401]);
  });

  it('that are no request after the first one do not spoil its answer', async () => {
    for (const first of ['GET /nothing HTTP/1.0\r\n\r\n', ask('/nothing', 'connection: close')]) {
      const [answer, ...others] = await exchange(service.url, `${first}NONSENSE\r\n\r\n`);
      expect(others).toEqual([]);
      expect(JSON.parse(answer!.text)).toMatchObject({ status: 404, type: '/problems/not-found' });
    }
  });

  it('end with the first body that is too large: the rest of it is no request', async () => {
    const tooLarge = `POST /v1/registration HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 40000\r\n\r\n`;
    const answers = await exchange(
      service.url,
      tooLarge + ask('/health/live').repeat(900).slice(0, 40_000) + ask('/docs'),
    );
    expect(answers.map(({ status }) => status)).toEqual([413]);
  });
});

it('HTTP/0.9, which has no headers to tell anything in, is not spoken', async () => {
  expectOnly(
    await exchange(service.url, 'GET /health/live\r\n\r\n', { patience: 2_000 }),
    400,
    'bad-request',
  );
});

describe('HTTP/1.0', () => {
  it('is answered without a host, and the connection ends', async () => {
    const answers = await send('GET /health/live HTTP/1.0', '', '');
    expect(answers).toMatchObject([{ status: 200, text: '{"status":"ok"}' }]);
  });

  it('registers like any other', async () => {
    const body = { email: newEmail(), password: PASSWORD };
    expect(await send('POST /v1/registration HTTP/1.0', ...json(body))).toMatchObject([{ status: 201 }]);
  });
});
