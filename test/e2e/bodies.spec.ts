import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, PASSWORD, basic, newEmail, request } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { logText } from '../support/log.js';
import { newPerson } from '../support/person.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

const people = async () => (await service.database.sql('select from users')).length;

function post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return request(service.url, 'POST', '/v1/registration', { body, headers });
}

const registration = (padding = '') => JSON.stringify({ email: newEmail(), password: PASSWORD, padding });
/** A registration of exactly so many octets. */
const ofSize = (octets: number) => registration('x'.repeat(octets - registration().length));
/** A registration with arrays in it, so many levels deep altogether. */
const ofDepth = (levels: number) =>
  registration().replace('"padding":""', `"padding":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}`);

describe('a body is taken', () => {
  it.each<[string, () => string | Uint8Array, Record<string, string>]>([
    ['of 16 KiB', () => ofSize(16_384), {}],
    ['8 levels deep', () => ofDepth(8), {}],
    ['with brackets in a string', () => registration('[{'.repeat(50)), {}],
    ['with quotes and backslashes in a string', () => registration('\\"[\\'.repeat(20)), {}],
    ['with blanks around it', () => ` \r\n\t${registration()}\n`, {}],
    ['in UTF-8', () => registration(), { 'content-type': 'application/json; charset=utf-8' }],
    ['in "UTF-8"', () => registration(), { 'content-type': 'Application/JSON;charset="UTF-8"' }],
    ['with another parameter', () => registration(), { 'content-type': 'application/json; profile=x' }],
    ['as it is', () => registration(), { 'content-encoding': 'identity' }],
  ])('%s', async (_, body, headers) => {
    expect((await post(body(), headers)).status).toBe(201);
  });
});

describe('a body is refused and nothing is stored', () => {
  it.each<[string, () => string | Uint8Array, Record<string, string>, number, string]>([
    ['one octet over 16 KiB', () => ofSize(16_385), {}, 413, 'content-too-large'],
    ['9 levels deep', () => ofDepth(9), {}, 400, 'malformed-json'],
    ['thousands of levels deep', () => ofDepth(8_000), {}, 400, 'malformed-json'],
    ['thousands of levels deep and never closed', () => '['.repeat(16_000), {}, 400, 'malformed-json'],
    ['nothing', () => '', {}, 400, 'malformed-json'],
    ['cut off', () => registration().slice(0, -1), {}, 400, 'malformed-json'],
    ['two documents', () => registration().repeat(2), {}, 400, 'malformed-json'],
    ['single quotes', () => registration().replaceAll('"', "'"), {}, 400, 'malformed-json'],
    ['a comma too many', () => registration().replace('}', ',}'), {}, 400, 'malformed-json'],
    ['a form', () => 'email=a%40b.co&password=x', {}, 400, 'malformed-json'],
    [
      'octets that are not UTF-8',
      () => Buffer.from(registration('\u00e4'), 'latin1'),
      {},
      400,
      'malformed-json',
    ],
    ['UTF-16', () => Buffer.from(registration(), 'utf16le'), {}, 400, 'malformed-json'],
    ['text', () => registration(), { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    [
      'a form by its type',
      () => 'email=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported-media-type',
    ],
    [
      'another JSON',
      () => registration(),
      { 'content-type': 'application/problem+json' },
      415,
      'unsupported-media-type',
    ],
    [
      'JSON in Latin-1',
      () => registration(),
      { 'content-type': 'application/json; charset=iso-8859-1' },
      415,
      'unsupported-media-type',
    ],
    [
      'JSON in UTF-16',
      () => registration(),
      { 'content-type': 'application/json; charset=utf-16' },
      415,
      'unsupported-media-type',
    ],
    ['an empty type', () => registration(), { 'content-type': '' }, 415, 'unsupported-media-type'],
    ['a type that is none', () => registration(), { 'content-type': ';=;"' }, 415, 'unsupported-media-type'],
    ['gzip', () => gzipSync(registration()), { 'content-encoding': 'gzip' }, 415, 'unsupported-media-type'],
    [
      'JSON that claims to be gzip',
      () => registration(),
      { 'content-encoding': 'GZIP' },
      415,
      'unsupported-media-type',
    ],
    ['brotli', () => registration(), { 'content-encoding': 'br' }, 415, 'unsupported-media-type'],
    ['gzip twice', () => registration(), { 'content-encoding': 'gzip, gzip' }, 415, 'unsupported-media-type'],
  ])('%s', async (_, body, headers, status, slug) => {
    const before = await people();
    expectProblem(await post(body(), headers), status, slug);
    expect(await people()).toBe(before);
  });

  it('over 16 KiB in chunks that do not tell their sum, and the connection is closed', async () => {
    const before = await people();
    const response = await fetch(`${service.url}/v1/registration`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob(Array.from({ length: 40 }, () => 'x'.repeat(512))).stream(),
      duplex: 'half',
    });
    expect(response.status).toBe(413);
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toMatchObject({ type: '/problems/content-too-large' });
    expect(await people()).toBe(before);
  });

  it('without a type', async () => {
    const response = await fetch(`${service.url}/v1/registration`, {
      method: 'POST',
      body: Buffer.from('{}'),
    });
    expect(response.status).toBe(415);
  });

  it('in the same way by an activation', async () => {
    const { email } = await newPerson(service);
    const auth = basic(email, PASSWORD);
    const send = (body: string, headers = {}) =>
      request(service.url, 'POST', '/v1/activation', { body, auth, headers });
    expect(await send('{"code":')).toMatchObject({ status: 400, body: { type: '/problems/malformed-json' } });
    expect(await send(`{"code":"123456","x":"${'x'.repeat(16_400)}"}`)).toMatchObject({ status: 413 });
    expect(await send('123456', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  });
});

it('whoever nests too deep is told so, and not that it is no JSON', async () => {
  const answer = await post(ofDepth(9));
  expect(answer.body['detail']).toBe('The body may be nested 8 levels deep at most.');
});

describe('what was wrong with a body is told to nobody else', () => {
  it.each([
    ['malformed at its end', `{"email":"canary@example.com","password":"canary-password"`],
    ['malformed at the password', `{"password":"canary-password\n"}`],
    ['malformed at once', `canary-password`],
    ['with a bad escape', `{"password":"canary-password\\x"}`],
  ])('%s: one fixed sentence, and not a word of it in the log', async (_, body) => {
    const answer = await post(body);
    expectProblem(answer, 400, 'malformed-json');
    expect(answer.body['detail']).toBe('The body is not valid JSON.');
    expect(answer.text).not.toContain('canary');
    expect(logText()).toContain('"status":400');
    expect(logText()).not.toContain('canary');
  });
});

describe('credentials are looked at before a byte of the body', () => {
  it.each<[string, string, Record<string, string>]>([
    ['malformed', '{"code":', {}],
    ['too large', 'x'.repeat(20_000), {}],
    ['of the wrong type', 'code=1', { 'content-type': 'text/plain' }],
    ['compressed', 'x', { 'content-encoding': 'gzip' }],
    ['without a code', '{}', {}],
  ])('a body %s is 401 for a stranger', async (_, body, headers) => {
    const auth = basic(newEmail(), PASSWORD);
    for (const credentials of [{ auth }, {}]) {
      const answer = await request(service.url, 'POST', '/v1/activation', { body, headers, ...credentials });
      expect(answer).toMatchObject({ status: 401, body: { type: '/problems/invalid-credentials' } });
    }
  });
});

it('a string without an end costs no more time than any other body', async () => {
  // Twenty of these held the event loop for three seconds, when the search for the end began at every quote anew.
  let took = 0;
  for (let i = 0; i < 20; i++) {
    const answer = await post(`"${'\\"'.repeat(8_190)}`);
    expect(answer.status).toBe(400);
    took += answer.took;
  }
  expect(took).toBeLessThan(1_500);
});
