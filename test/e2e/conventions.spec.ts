import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type RequestOptions, basic, newEmail, register, request } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/expectations.js';
import { linesOfRequest, logLines, logText } from '../support/log.js';
import { sendRaw } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** For what is no operation of the document. */
function ask(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  return request(service.url, method, path, { ...options, documented: false });
}

/** The id that an answer has when the request brings that one. */
async function idFor(given: string): Promise<string | null> {
  const headers = { 'x-request-id': given };
  return (await request(service.url, 'GET', '/health/live', { headers })).headers.get('x-request-id');
}

describe('the request id', () => {
  it.each(['a', 'order-42', 'A.b_c-1', 'x'.repeat(64)])('%s is kept', async (given) => {
    expect(await idFor(given)).toBe(given);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a,b', 'a/b', '<script>', 'a%0ab', 'a"b', '{}'])(
    '%j is replaced',
    async (given) => {
      expect(await idFor(given)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );

  it('is made anew for each request that brings none', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await ask('GET', '/')).headers.get('x-request-id')),
    );
    expect(new Set(ids).size).toBe(20);
  });

  it('is in the problem and in every line of the log about that request', async () => {
    const headers = { 'x-request-id': `kept-${newEmail().slice(0, 12)}` };
    const answer = await request(service.url, 'GET', '/v1/users/me', { headers });
    expect(answer.body['instance']).toBe(headers['x-request-id']);
    const lines = await linesOfRequest(answer.headers);
    expect(lines).toMatchObject([
      { event: 'http.request', method: 'GET', path: '/v1/users/me', status: 401 },
    ]);
  });
});

describe('a problem', () => {
  it('is a document of its own kind with the five members and no others', async () => {
    const answer = await ask('GET', '/nothing-here');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: '/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: 'There is nothing here.',
      instance: answer.headers.get('x-request-id'),
    });
  });

  it('leads to a page that explains it', async () => {
    const { body } = await ask('GET', '/nothing-here');
    const page = await request(service.url, 'GET', body['type']);
    expect(page.status).toBe(200);
    expect(page.text).toContain('<h1>Not found</h1>');
    for (const slug of ['nonsense', 'constructor', '__proto__']) {
      expectProblem(await request(service.url, 'GET', `/problems/${slug}`), 404, 'not-found');
    }
  });

  it('repeats nothing of what was asked', async () => {
    const answer = await ask('POST', '/v1/canary?canary=canary', {
      body: 'canary',
      headers: { 'x-canary': 'canary' },
    });
    expectProblem(answer, 404, 'not-found');
    expect(answer.text).not.toContain('canary');
  });
});

describe('an unknown path is 404', () => {
  it.each([
    '/',
    '/v1',
    '/v2/registration',
    '/registration',
    '/V1/registration',
    '/v1/Registration',
    '/v1/registration/',
    '/v1/registration/x',
    '/v1//registration',
    '/v1/activation/code/',
    '/v1/users',
    '/v1/users/me/',
    '/health/x',
    '/.env',
    '/v1/../../etc/passwd',
    '/%2e%2e/package.json',
    '/v1/registration%2f',
    '/v1/registration%00',
  ])('%s', async (path) => {
    for (const method of ['GET', 'POST']) {
      expect(await ask(method, path)).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
    }
  });

  it('and a path that cannot be decoded is no fault of ours', async () => {
    for (const path of ['/v1/%zz', '/problems/%zz', '/%']) {
      expect([400, 404]).toContain((await ask('GET', path)).status);
    }
  });
});

describe('a wrong method is 405 and says which ones are right', () => {
  it.each([
    ['GET', '/v1/registration', 'POST'],
    ['PUT', '/v1/registration', 'POST'],
    ['DELETE', '/v1/registration', 'POST'],
    ['GET', '/v1/activation', 'POST'],
    ['PATCH', '/v1/activation/code', 'POST'],
    ['POST', '/v1/users/me', 'GET, HEAD'],
    ['DELETE', '/v1/users/me', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
  ])('%s %s: %s', async (method, path, allow) => {
    const answer = await ask(method, path);
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it('and HEAD is answered like GET, without a body', async () => {
    const answer = await ask('HEAD', '/health/live');
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
});

describe('headers', () => {
  const answers: [string, () => Promise<Answer>][] = [
    ['201', () => register(service.url, newEmail())],
    ['401', () => request(service.url, 'GET', '/v1/users/me')],
    ['404', () => ask('GET', '/v1/nothing')],
    ['405', () => ask('GET', '/v1/registration')],
    ['422', () => register(service.url, 'x')],
  ];

  it.each(answers)('of a %s keep it out of caches, frames and browsers', async (_, answer) => {
    const { headers } = await answer();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
  });

  it.each(answers)('of a %s tell nothing about the machine, and mark nobody', async (_, answer) => {
    const names = [...(await answer()).headers.keys()];
    for (const name of ['x-powered-by', 'server', 'etag', 'set-cookie', 'access-control-allow-origin']) {
      expect(names).not.toContain(name);
    }
  });
});

describe('what Node would let through is refused', () => {
  it.each([
    [
      'two Authorization headers',
      [`authorization: ${basic('a@b.co', 'x')}`, `authorization: ${basic('c@d.co', 'y')}`],
    ],
    ['two content types', ['content-type: application/json', 'content-type: text/plain']],
    ['two hosts', ['host: other.example']],
  ])('%s', async (_, headers) => {
    const answer = await sendRaw(service.url, [
      'GET /v1/users/me HTTP/1.1',
      'host: service.example',
      ...headers,
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.toLowerCase()).toContain('\r\ncache-control: no-store\r\n');
  });
});

it('a query is obeyed by nobody and not logged', async () => {
  const { status } = await request(
    service.url,
    'GET',
    `/v1/users/me?email=query-canary&password=query-canary`,
  );
  expect(status).toBe(401);
  expect(logText()).not.toContain('query-canary');
});

it('a client that goes away in the middle is logged as that, with its id', async () => {
  const id = `gone-${newEmail().slice(0, 12)}`;
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /v1/registration HTTP/1.1\r\nhost: service.example\r\nx-request-id: ${id}\r\n`);
  socket.write('content-type: application/json\r\ncontent-length: 100\r\n\r\n{"email"', () =>
    socket.destroy(),
  );
  const line = await eventually(() => logLines(({ requestId }) => requestId === id)[0]);
  expect(line).toMatchObject({
    event: 'http.request',
    path: '/v1/registration',
    status: 499,
    client: '127.0.0.1',
  });
});
