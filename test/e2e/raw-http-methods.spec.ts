import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, newEmail } from '../support/client.js';
import { type RawAnswer, exchange } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** One request without a body, and its answer. */
async function ask(method: string, target: string, ...headers: string[]): Promise<RawAnswer> {
  const lines = [`${method} ${target} HTTP/1.1`, 'host: service.example', 'connection: close', ...headers];
  const answers = await exchange(service.url, [...lines, '', ''].join('\r\n'));
  expect(answers).toHaveLength(1);
  return answers[0]!;
}

async function registerAs(method: string, target: string, ...headers: string[]) {
  const email = newEmail();
  const body = JSON.stringify({ email, password: PASSWORD });
  const lines = [`${method} ${target} HTTP/1.1`, 'host: service.example', 'connection: close', ...headers];
  lines.push('content-type: application/json', `content-length: ${body.length}`, '', body);
  const [answer] = await exchange(service.url, lines.join('\r\n'));
  const stored = await service.database.sql('select from users where email = $1', [email]);
  return { status: answer!.status, allow: answer!.headers.get('allow'), stored: stored.length };
}

const corsHeaders = (headers: Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('a page of another origin', () => {
  const origin = 'origin: https://evil.example';

  it.each(['/v1/registration', '/v1/users/me', '/health', '/openapi.json', '/metrics', '/nothing'])(
    'may not read %s',
    async (path) => {
      const { headers } = await ask('GET', path, origin);
      expect(corsHeaders(headers)).toEqual([]);
    },
  );

  it.each(['/v1/registration', '/v1/activation', '/v1/users/me'])(
    'gets no leave to ask %s with JSON or credentials',
    async (path) => {
      const preflight = [
        'access-control-request-method: POST',
        'access-control-request-headers: content-type, authorization',
      ];
      const { status, headers } = await ask('OPTIONS', path, origin, ...preflight);
      expect(status).toBe(405);
      expect(corsHeaders(headers)).toEqual([]);
    },
  );
});

describe('a method', () => {
  it.each(['TRACE', 'OPTIONS', 'PATCH', 'PROPFIND', 'QUERY', 'M-SEARCH'])(
    '%s is 405 where there are others, and repeats nothing of the request',
    async (method) => {
      const { status, headers, text } = await ask(method, '/v1/registration', 'x-canary: canary');
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
      expect(JSON.parse(text)).toMatchObject({ type: '/problems/method-not-allowed' });
      expect(text).not.toContain('canary');
    },
  );

  it('is the one of the request line, whatever a header or the query says', async () => {
    for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
      expect(await registerAs('GET', '/v1/registration', `${name}: POST`)).toEqual({
        status: 405,
        allow: 'POST',
        stored: 0,
      });
    }
    expect(await registerAs('GET', '/v1/registration?_method=POST')).toMatchObject({
      status: 405,
      stored: 0,
    });
    expect(await registerAs('POST', '/v1/registration', 'x-http-method-override: DELETE')).toMatchObject({
      status: 201,
      stored: 1,
    });
  });

  it('CONNECT makes nobody a proxy of us', async () => {
    const lines = ['CONNECT 127.0.0.1:5432 HTTP/1.1', 'host: 127.0.0.1:5432', '', ''];
    expect(await exchange(service.url, lines.join('\r\n'))).toEqual([]);
  });

  it('that asks for another protocol gets the one there is', async () => {
    for (const protocol of ['websocket', 'h2c']) {
      const answer = await ask('GET', '/health/live', 'connection: upgrade', `upgrade: ${protocol}`);
      expect(answer.status).toBe(200);
    }
  });
});

describe('a target', () => {
  it('in absolute form is its path, whatever host it names', async () => {
    expect(await registerAs('POST', 'http://service.example/v1/registration')).toMatchObject({ status: 201 });
    expect(await registerAs('POST', 'https://other.example:8443/v1/registration?x')).toMatchObject({
      status: 201,
    });
    expect((await ask('GET', 'http://169.254.169.254/latest/meta-data')).status).toBe(404);
  });

  it.each([
    '*',
    '/%',
    '/%zz',
    '/%c0%af',
    '/%ff%fe',
    '/%00',
    '/v1/%',
    '/problems/%',
    '/problems/%zz',
    '/problems/%c3%28',
    '/problems/%ed%a0%80',
    '/v1/registration/%',
    '/v1/registration;x=1',
    '//v1/registration',
    '///evil.example/..',
    '/\\v1\\registration',
    '/v1/%72egistration',
    '/v1/./registration',
    '/v1/users/../registration',
    '/.%2e/.%2e/etc/passwd',
    '/docs/../../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/__proto__',
    '/constructor/prototype',
    `/${'%25'.repeat(3_000)}`,
    `/${'../'.repeat(3_000)}`,
    `/?${'a[]=1&'.repeat(2_000)}`,
    'http://',
    'http://[/v1',
    'http://a:b:c/v1',
    'javascript:alert(1)',
    'x',
    '?',
    '?x=1',
    '#',
    'mailto:a@b.example',
    'http://?/v1',
    'http:///',
  ])('%s is a fault of the client, told as a problem', async (target) => {
    for (const method of ['GET', 'POST']) {
      const { status, headers, text } = await ask(method, target);
      expect([400, 404]).toContain(status);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(JSON.parse(text)).toMatchObject({ status });
    }
  });
});

it('browsers are told to use https from now on, subdomains too', async () => {
  const { headers } = await ask('GET', '/v1/users/me');
  expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000; ?includeSubDomains$/i);
});
