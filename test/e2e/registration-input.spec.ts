import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, newEmail, register, request, whoAmI } from '../support/client.js';
import { logText } from '../support/log.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

const people = async () => (await service.database.sql('select from users')).length;

/** What is wrong with a registration, as pointers and codes. */
async function faultsOf(body: unknown): Promise<string[]> {
  const before = await people();
  const answer = await request(service.url, 'POST', '/v1/registration', { body: JSON.stringify(body) });
  expect(answer).toMatchObject({ status: 422, body: { type: '/problems/validation-failed' } });
  expect(answer.text).not.toContain('canary');
  expect(await people()).toBe(before);
  return answer.body['errors'].map(
    ({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`,
  );
}

describe('a registration is refused with a row a fault', () => {
  const email = 'canary@example.com';
  it.each<[string, unknown, string[]]>([
    ['nothing in it', {}, ['/email required', '/password required']],
    ['no password', { email }, ['/password required']],
    ['no address', { password: PASSWORD }, ['/email required']],
    ['null for both', { email: null, password: null }, ['/email invalid_type', '/password invalid_type']],
    [
      'a number for both',
      { email: 1, password: 12345678 },
      ['/email invalid_type', '/password invalid_type'],
    ],
    ['an array', { email: [email], password: [PASSWORD] }, ['/email invalid_type', '/password invalid_type']],
    ['an object', { email: { email }, password: {} }, ['/email invalid_type', '/password invalid_type']],
    ['a truth value', { email: true, password: false }, ['/email invalid_type', '/password invalid_type']],
    ['empty strings', { email: '', password: '' }, ['/email invalid_email', '/password too_short']],
    [
      'several faults',
      { email: 'canary', password: 'canary\n' },
      ['/email invalid_email', '/password too_short', '/password control_character'],
    ],
    ['the address as password', { email, password: email }, ['/password contains_email']],
    [
      'the local part as password',
      { email: 'canary-ada@example.com', password: 'Canary-Ada' },
      ['/password contains_email'],
    ],
    ['half a surrogate pair', { email, password: 'canary\ud800canary' }, ['/password invalid_text']],
    ['the array of a registration', [{ email, password: PASSWORD }], [' invalid_type']],
    ['null', null, [' invalid_type']],
    ['a string', 'canary', [' invalid_type']],
    ['a number', 7, [' invalid_type']],
    [
      'members of a prototype',
      JSON.parse(`{"__proto__":{"email":"${email}","password":"${PASSWORD}"}}`),
      ['/email required', '/password required'],
    ],
    [
      'members of a constructor',
      { constructor: { prototype: { email, password: PASSWORD } } },
      ['/email required', '/password required'],
    ],
    ['names in another case', { Email: email, PASSWORD }, ['/email required', '/password required']],
  ])('%s', async (_, body, expected) => {
    expect(await faultsOf(body)).toEqual(expected);
  });

  it.each([
    'canary',
    'canary@localhost',
    'canary@@example.com',
    'canary@example.com\nBcc: all@example.com',
    '"canary"@example.com',
    '-canary@example.com',
    'canary..x@example.com',
    'canary`x`@example.com',
    'canary|x@example.com',
    'canary{x}@example.com',
    `${'c'.repeat(65)}@example.com`,
    `canary@${'d'.repeat(64)}.example`,
    'canary@127.0.0.1',
    'Canary <canary@example.com>',
    "canary@example.com'; drop table users; --",
    'canary@\u0000.example',
  ])('the address %j', async (address) => {
    expect(await faultsOf({ email: address, password: PASSWORD })).toEqual(['/email invalid_email']);
  });

  it.each([
    ['7 characters', 'wqzkvbj', 'too_short'],
    ['7 emoji', '😀'.repeat(7), 'too_short'],
    ['8 code points that NFC makes 4', 'u\u0308'.repeat(4), 'too_short'],
    ['73 octets', 'x'.repeat(73), 'too_long'],
    ['19 emoji, 76 octets', '😀'.repeat(19), 'too_long'],
    ['NUL', 'canary\u0000canary', 'control_character'],
    ['DEL', 'canary\u007fcanary', 'control_character'],
    ['one that everybody tries', 'Password', 'too_common'],
  ])('a password of %s', async (_, password, code) => {
    expect(await faultsOf({ email: newEmail(), password })).toEqual([`/password ${code}`]);
  });

  it('and nothing of it is in the log', () => {
    expect(logText()).toContain('"status":422');
    expect(logText()).not.toContain('canary');
  });
});

describe('a password works afterwards as it was chosen', () => {
  it.each([
    ['of 8 characters', 'wqzkvbjx'],
    ['of 8 emoji', '😀'.repeat(8)],
    ['of 72 octets', 'x'.repeat(72)],
    ['of 72 octets in 18 emoji', '😀'.repeat(18)],
    ['with colons', ':a:b:c:d:e:'],
    ['with blanks around it', '  two blanks  '],
    ['with quotes, braces and a backslash', `"'{}\\%$\${x}`],
    ['with letters of many scripts', 'пароль密码סיסמה'],
    ['of a flag and a family', '🇨🇭👨‍👩‍👧‍👦'.repeat(2)],
  ])('%s', async (_, password) => {
    const email = newEmail();
    expect((await register(service.url, email, password)).status).toBe(201);
    expect((await whoAmI(service.url, email, password)).status).toBe(200);
    expect((await whoAmI(service.url, email, password.slice(0, -1))).status).toBe(401);
    expect((await whoAmI(service.url, email, `${password}x`)).status).toBe(401);
  });

  it.each([
    ['composed, typed decomposed', 'Zürich Genève', 'Zu\u0308rich Gene\u0300ve'],
    ['decomposed, typed composed', 'Zu\u0308rich Gene\u0300ve', 'Zürich Genève'],
  ])('%s', async (_, chosen, typed) => {
    const email = newEmail();
    expect((await register(service.url, email, chosen)).status).toBe(201);
    expect((await whoAmI(service.url, email, typed)).status).toBe(200);
  });

  it('in its case: capitals count', async () => {
    const email = newEmail();
    await register(service.url, email, 'Case matters');
    expect((await whoAmI(service.url, email, 'case matters')).status).toBe(401);
  });

  it('and of a member that is given twice the last one counts', async () => {
    const email = newEmail();
    const body = `{"email":"${newEmail()}","password":"the first of two","email":"${email}","password":"the last of two"}`;
    expect((await request(service.url, 'POST', '/v1/registration', { body })).status).toBe(201);
    expect((await whoAmI(service.url, email, 'the last of two')).status).toBe(200);
    expect((await whoAmI(service.url, email, 'the first of two')).status).toBe(401);
  });
});
