import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, activate, basic, newEmail, request, whoAmI } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { logLines } from '../support/log.js';
import { newActivePerson, newPerson, storedPerson } from '../support/person.js';
import { type Service, startReplica, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

const me = (headers: Record<string, string>) => request(service.url, 'GET', '/v1/users/me', { headers });
const encode = (pair: string) => Buffer.from(pair).toString('base64');

it('tells a pending person and an active one apart, and nothing that is secret', async () => {
  const pending = await newPerson(service);
  expect((await whoAmI(service.url, pending.email)).body).toEqual({
    id: pending.id,
    email: pending.email,
    is_active: false,
    created_at: expect.any(String),
    activated_at: null,
  });
  const active = await newActivePerson(service);
  expect((await whoAmI(service.url, active.email)).body).toMatchObject({
    id: active.id,
    is_active: true,
    activated_at: expect.any(String),
  });
});

it('changes nothing', async () => {
  const { email } = await newActivePerson(service);
  const before = { ...(await storedPerson(service.database, email)), code_life: 0 };
  await whoAmI(service.url, email);
  expect({ ...(await storedPerson(service.database, email)), code_life: 0 }).toEqual(before);
});

describe('credentials are accepted', () => {
  it.each(['Basic', 'basic', 'BASIC'])('under the scheme %s', async (scheme) => {
    const { email } = await newPerson(service);
    expect((await me({ authorization: `${scheme} ${encode(`${email}:${PASSWORD}`)}` })).status).toBe(200);
  });

  it('with the address in another case and with blanks around it', async () => {
    const { email } = await newPerson(service);
    expect((await whoAmI(service.url, ` ${email.toUpperCase()} `)).status).toBe(200);
  });
});

describe('credentials are refused, always with one and the same answer', () => {
  it.each<[string, (email: string) => string]>([
    ['a wrong password', (email) => basic(email, 'not the password')],
    ['no password', (email) => basic(email, '')],
    ['a password with a blank too many', (email) => basic(email, `${PASSWORD} `)],
    ['a password that begins like the right one', (email) => basic(email, PASSWORD.slice(0, -1))],
    ['a password of more than 72 octets', (email) => basic(email, PASSWORD.padEnd(73, 'x'))],
    ['an unknown address', () => basic(newEmail(), PASSWORD)],
    ['an unknown address and a password that could not be one', () => basic(newEmail(), 'x'.repeat(100))],
    ['a name that is no address', () => basic('ada', PASSWORD)],
    ['no name', () => basic('', PASSWORD)],
    ['SQL for a name', () => basic("' or ''='", PASSWORD)],
    ['no colon', (email) => `Basic ${encode(email)}`],
    ['no base64', () => 'Basic !!!'],
    ['missing padding', (email) => basic(email, PASSWORD).replace(/=+$/, '')],
    ['the URL alphabet', () => 'Basic __--'],
    ['octets that are not UTF-8', () => `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`],
    ['a control character', (email) => basic(email, `${PASSWORD}\n`)],
    ['another scheme', (email) => `Bearer ${encode(`${email}:${PASSWORD}`)}`],
    ['the scheme alone', () => 'Basic'],
    ['a header of 2 KiB', (email) => basic(email, 'x'.repeat(1_500))],
  ])('%s', async (_, authorization) => {
    const { email } = await newPerson(service);
    const answer = await me({ authorization: authorization(email) });
    expectProblem(answer, 401, 'invalid-credentials');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="registration", charset="UTF-8"');
    expect(answer.body).toEqual({
      type: '/problems/invalid-credentials',
      title: 'Invalid credentials',
      status: 401,
      detail: 'The name or the password is wrong.',
      instance: answer.headers.get('x-request-id'),
    });
  });

  it('no header at all', async () => {
    const answer = await me({});
    expectProblem(answer, 401, 'invalid-credentials');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="registration", charset="UTF-8"');
  });
});

it.each([
  ['that is no hash', 'corrupt'],
  ['that only looks like one', `$2b$04$${'!'.repeat(53)}`],
  ['of no cost that there is', `$2b$99$${'a'.repeat(53)}`],
  ['of another kind', `$9z$04$${'a'.repeat(53)}`],
])('a stored hash %s lets nobody in, and operators learn of it', async (_, hash) => {
  const { email } = await newPerson(service);
  await service.database.sql('update users set password_hash = $2 where email = $1', [email, hash]);
  const answer = await whoAmI(service.url, email);
  expectProblem(answer, 401, 'invalid-credentials');
  const lines = logLines(
    ({ requestId, level }) => level === 'error' && requestId === answer.headers.get('x-request-id'),
  );
  expect(lines).toMatchObject([{ msg: 'a stored password hash cannot be read' }]);
});

it('raising the cost of hashes shuts nobody out, and renews the hash of whoever signs in', async () => {
  const { email, code } = await newPerson(service);
  const cost = async () => {
    const [row] = await service.database.sql<{ cost: string }>(
      'select substr(password_hash, 5, 2) as cost from users where email = $1',
      [email],
    );
    return row!.cost;
  };
  const replica = await startReplica({ ...service.variables, BCRYPT_COST: '5' });
  try {
    expect((await whoAmI(replica.url, email, 'not the password')).status).toBe(401);
    expect(await cost()).toBe('04');
    const answers = await Promise.all([
      activate(replica.url, email, code),
      whoAmI(replica.url, email),
      whoAmI(replica.url, email),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await cost()).toBe('05');
    expect((await whoAmI(replica.url, email)).status).toBe(200);
  } finally {
    await replica.stop();
  }
});

it('a hash that cannot be renewed now shuts nobody out, and is renewed at the next sign-in', async () => {
  const { email } = await newPerson(service);
  const hash = async () =>
    (await service.database.sql('select password_hash from users where email = $1', [email]))[0];
  const before = await hash();
  const replica = await startReplica({ ...service.variables, BCRYPT_COST: '5' });
  try {
    await service.database.sql(`begin; select from users where email = '${email}' for update`);
    expect((await whoAmI(replica.url, email)).status).toBe(200);
    await service.database.sql('commit');
    expect(await hash()).toEqual(before);
    expect((await whoAmI(replica.url, email)).status).toBe(200);
    expect(await hash()).not.toEqual(before);
  } finally {
    await replica.stop();
  }
});
