import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, PASSWORD, basic, newEmail } from '../support/client.js';
import { expectProblem, sortedStatuses } from '../support/expectations.js';
import { metric } from '../support/metrics.js';
import { newPerson } from '../support/person.js';
import { sendRaw } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';
import { type Visitor, all, repeatedly, visitor } from '../support/visitor.js';

let service: Service;

beforeAll(async () => {
  service = await startService({ RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1' });
});

afterAll(() => service.stop());

const newVisitor = () => visitor(service.url);

/** Refused for its content, which costs no hash; counted like any other. */
const tryToRegister = (client: Visitor) => client.ask('POST', '/v1/registration', { body: {} });

function guess(client: Visitor, email: string, password = 'not the password'): Promise<Answer> {
  return client.ask('GET', '/v1/users/me', { auth: basic(email, password) });
}

/** The figures of a 429; they must agree with each other. */
function expectRefused(answer: Answer, limit: string, points: number, seconds: number): void {
  expectProblem(answer, 429, 'too-many-requests');
  const wait = Number(answer.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(seconds - 20);
  expect(wait).toBeLessThanOrEqual(seconds);
  expect(answer.headers.get('ratelimit-policy')).toBe(`"${limit}";q=${points};w=${seconds}`);
  expect(answer.headers.get('ratelimit')).toBe(`"${limit}";r=0;t=${wait}`);
}

describe('registrations', () => {
  it('of one client are 40 a minute; then it is told how long to wait, and others go on', async () => {
    const client = newVisitor();
    expect(await repeatedly(40, () => tryToRegister(client))).toEqual(all(40, 422));
    expectRefused(await tryToRegister(client), 'registrations-of-client', 40, 60);
    expect((await tryToRegister(newVisitor())).status).toBe(422);
  });

  it('that are refused cost no hash, and none that waits in the body is looked at', async () => {
    const client = newVisitor();
    await repeatedly(40, () => tryToRegister(client));
    const [hashes, refusals] = [
      await metric(service, 'hash_seconds_count'),
      await metric(service, 'rate_limited_total', { limit: 'registrations-of-client' }),
    ];
    const email = newEmail();
    for (const body of [{ email, password: PASSWORD }, '{"malformed', 'x'.repeat(20_000)]) {
      expect((await client.ask('POST', '/v1/registration', { body })).status).toBe(429);
    }
    expect(await metric(service, 'hash_seconds_count')).toBe(hashes);
    expect(await metric(service, 'rate_limited_total', { limit: 'registrations-of-client' })).toBe(
      refusals + 3,
    );
    expect(await service.database.sql('select from users where email = $1', [email])).toEqual([]);
  });

  it('are let through exactly 40 at once, however many come together', async () => {
    const client = newVisitor();
    const answers = await Promise.all(Array.from({ length: 100 }, () => tryToRegister(client)));
    expect(sortedStatuses(answers)).toEqual([...all(40, 422), ...all(60, 429)]);
  });

  it('are counted by what they are, however their path is written', async () => {
    const { address } = newVisitor();
    const send = (target: string) =>
      sendRaw(service.url, [
        `POST ${target} HTTP/1.1`,
        'host: service.example',
        `x-forwarded-for: ${address}`,
        'content-type: application/json',
        'content-length: 0',
      ]);
    const spellings = [
      '/v1/registration',
      '/v1/registration?',
      '/v1/registration?x=1&x=2',
      '/v1/registration?/v1/activation',
      'http://service.example/v1/registration',
      'http://other.example:99/v1/registration?x',
      '/v1/registration#x',
      'HTTPS://user:password@service.example/v1/registration',
    ];
    for (let i = 0; i < 40; i++) expect(await send(spellings[i % 8]!)).toMatch(/^HTTP\/1\.1 400 /);
    for (const spelling of spellings) expect(await send(spelling)).toMatch(/^HTTP\/1\.1 429 /);
  });

  it('do not use up what the same client may do otherwise', async () => {
    const client = newVisitor();
    const { email } = await newPerson(service);
    await repeatedly(41, () => tryToRegister(client));
    expect((await guess(client, email, PASSWORD)).status).toBe(200);
    expect((await client.ask('GET', '/health/ready')).status).toBe(200);
  });
});

describe('wrong passwords', () => {
  it('are ten a minute for one account; then even the right one has to wait', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    expect(await repeatedly(10, () => guess(client, email))).toEqual(all(10, 401));
    expectRefused(await guess(client, email), 'wrong-passwords-for-account', 10, 60);
    expect((await guess(client, email, PASSWORD)).status).toBe(429);
  });

  it('are looked at ten times and not once more, however many come at once', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    const hashes = await metric(service, 'hash_seconds_count');
    const answers = await Promise.all(Array.from({ length: 50 }, () => guess(client, email)));
    expect(sortedStatuses(answers)).toEqual([...all(10, 401), ...all(40, 429)]);
    expect(await metric(service, 'hash_seconds_count')).toBe(hashes + 10);
  });

  it('of one client do not slow down the owner at another address', async () => {
    const { email, code } = await newPerson(service);
    const [thief, owner] = [newVisitor(), newVisitor()];
    await repeatedly(11, () => guess(thief, email));
    expect((await guess(thief, email)).status).toBe(429);
    const auth = basic(email, PASSWORD);
    expect((await owner.ask('POST', '/v1/activation', { auth, body: { code } })).status).toBe(200);
  });

  it('for an address that nobody has are counted the same, to the header', async () => {
    const refusals: unknown[] = [];
    for (const email of [(await newPerson(service)).email, newEmail()]) {
      const client = newVisitor();
      expect(await repeatedly(10, () => guess(client, email))).toEqual(all(10, 401));
      const { headers, body } = await guess(client, email);
      refusals.push([[...headers.keys()], headers.get('ratelimit-policy'), { ...body, instance: '' }]);
    }
    expect(refusals[0]).toEqual(refusals[1]);
  });

  it('are counted for one account, however it is written and wherever they are tried', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    const spellings = [email, email.toUpperCase(), ` ${email} `];
    const places: [string, string][] = [
      ['GET', '/v1/users/me'],
      ['POST', '/v1/activation'],
      ['POST', '/v1/activation/code'],
    ];
    for (let i = 0; i < 10; i++) {
      const auth = basic(spellings[i % 3]!, 'not the password');
      expect((await client.ask(...places[(i + Math.floor(i / 3)) % 3]!, { auth })).status).toBe(401);
    }
    for (const place of places) {
      for (const spelling of spellings) {
        expect((await client.ask(...place, { auth: basic(spelling, PASSWORD) })).status).toBe(429);
      }
    }
  });

  it('are counted for one account, whatever form of its domain is written', async () => {
    const client = newVisitor();
    const forms = [
      'b\u00fccher',
      'B\u00dcCHER',
      '\uff42\u00fccher',
      'bu\u0308cher',
      'xn--bcher-kva',
      'Xn--BCHER-kva',
    ];
    const statuses: number[] = [];
    for (const form of [...forms, ...forms]) {
      statuses.push((await guess(client, `ada@${form}.example`)).status);
    }
    expect(statuses).toEqual([...all(10, 401), ...all(2, 429)]);
  });

  it('that are refused cost no hash', async () => {
    const client = newVisitor();
    const email = newEmail();
    await repeatedly(10, () => guess(client, email));
    const hashes = await metric(service, 'hash_seconds_count');
    expect(await repeatedly(5, () => guess(client, email))).toEqual(all(5, 429));
    expect(await metric(service, 'hash_seconds_count')).toBe(hashes);
  });

  it('of one client are 60 in five minutes, whatever accounts they are for', async () => {
    const client = newVisitor();
    expect(await repeatedly(60, () => guess(client, newEmail()))).toEqual(all(60, 401));
    expectRefused(await guess(client, newEmail()), 'wrong-passwords-of-client', 60, 300);
  });
});

describe('the right password', () => {
  it('is never counted as a wrong one', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    for (let i = 0; i < 3; i++) {
      expect(await repeatedly(9, () => guess(client, email, PASSWORD))).toEqual(all(9, 200));
      expect(await repeatedly(3, () => guess(client, email))).toEqual(all(3, 401));
    }
    expect((await guess(client, email, PASSWORD)).status).toBe(200);
  });

  it('is refused for nothing that comes at the same time', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    const answers = await Promise.all(Array.from({ length: 50 }, () => guess(client, email, PASSWORD)));
    expect(sortedStatuses(answers)).toEqual(all(50, 200));
  });

  it('waits for its turn beside wrong ones, and is let in when they leave it one', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    const answers = await Promise.all([
      ...Array.from({ length: 9 }, () => guess(client, email)),
      ...Array.from({ length: 9 }, () => guess(client, email, PASSWORD)),
    ]);
    expect(sortedStatuses(answers)).toEqual([...all(9, 200), ...all(9, 401)]);
  });

  it('may be used 120 times in five minutes by one client', async () => {
    const { email } = await newPerson(service);
    const client = newVisitor();
    expect(await repeatedly(120, () => guess(client, email, PASSWORD))).toEqual(all(120, 200));
    expectRefused(await guess(client, email, PASSWORD), 'sign-ins-of-client', 120, 300);
  });
});
