import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, activate, basic, newEmail, request, resend } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { linesOfRequest, logText } from '../support/log.js';
import { letPass, newActivePerson, newPerson, storedPerson } from '../support/person.js';
import { type Service, anotherCode, codeFor, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

it('the right code makes the account active, once and for ever, and mails nothing', async () => {
  const { id, email, code } = await newPerson(service);
  const answer = await activate(service.url, email, code);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    message: 'Account activated successfully',
    user_id: id,
    is_active: true,
  });

  const stored = await storedPerson(service.database, email);
  expect(stored!.activated_at!.toISOString()).toBe(answer.body['activated_at']);
  expect(stored!.used_at).toEqual(stored!.activated_at);
  expect(stored).toMatchObject({ attempts: 1, mails: ['sent'] });
  expect(service.mailbox.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);

  const lines = await linesOfRequest(answer.headers);
  expect(lines.map(({ event, user_id, status }) => ({ event, user_id, status }))).toEqual([
    { event: 'activation.succeeded', user_id: id, status: undefined },
    { event: 'http.request', user_id: undefined, status: 200 },
  ]);
  expect(logText()).not.toContain(email);
  expect(logText()).not.toContain(PASSWORD);
});

describe('a code is refused', () => {
  it('that is wrong, with the tries that are left, and that is logged without the digits', async () => {
    const { id, email, code } = await newPerson(service);
    const answer = await activate(service.url, email, anotherCode(code));
    expectProblem(answer, 400, 'invalid-activation-code');
    expect(answer.body['remaining_attempts']).toBe(4);
    expect(await storedPerson(service.database, email)).toMatchObject({
      activated_at: null,
      used_at: null,
      attempts: 1,
    });

    const lines = await linesOfRequest(answer.headers);
    expect(lines.map(({ event }) => event)).toEqual(['activation.failed', 'http.request']);
    expect(lines[0]).toMatchObject({ user_id: id, attempts: 1 });
    expect(Object.keys(lines[0]!).toSorted()).toEqual(
      ['attempts', 'context', 'event', 'level', 'requestId', 'time', 'user_id'].toSorted(),
    );
    expect((await activate(service.url, email, code)).status).toBe(200);
  });

  it('that belongs to somebody else, and stays good for that one', async () => {
    const [ada, bob] = [await newPerson(service), await newPerson(service)];
    const answer = await activate(service.url, bob.email, ada.code);
    expectProblem(answer, 400, 'invalid-activation-code');
    expect(await storedPerson(service.database, ada.email)).toMatchObject({
      attempts: 0,
      activated_at: null,
    });
    expect((await activate(service.url, ada.email, ada.code)).status).toBe(200);
    expect((await activate(service.url, bob.email, bob.code)).status).toBe(200);
  });

  it('that was replaced by a newer one', async () => {
    const { email, code } = await newPerson(service);
    await letPass(service.database, email, 61);
    await resend(service.url, email);
    const newer = await codeFor(service.mailbox, email, 2);
    expectProblem(await activate(service.url, email, code), 400, 'invalid-activation-code');
    expect((await activate(service.url, email, newer)).status).toBe(200);
  });

  it('whose life is over, without a try being charged', async () => {
    const { email, code } = await newPerson(service);
    await letPass(service.database, email, 601);
    expectProblem(await activate(service.url, email, code), 400, 'expired-activation-code');
    expectProblem(await activate(service.url, email, anotherCode(code)), 400, 'expired-activation-code');
    expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0, activated_at: null });
  });

  it('but not in the last seconds of its life', async () => {
    const { email, code } = await newPerson(service);
    await letPass(service.database, email, 590);
    expect((await activate(service.url, email, code)).status).toBe(200);
  });

  it('when the account is active already, whatever the code', async () => {
    const { email, code } = await newActivePerson(service);
    const before = await storedPerson(service.database, email);
    for (const digits of [code, anotherCode(code)]) {
      expectProblem(await activate(service.url, email, digits), 409, 'already-active');
    }
    const { activated_at, attempts } = (await storedPerson(service.database, email))!;
    expect({ activated_at, attempts }).toEqual({ activated_at: before!.activated_at, attempts: 1 });
  });

  it('when there is none, as after an operator took it away', async () => {
    const { email, code } = await newPerson(service);
    await service.database.sql(
      'delete from activation_codes where user_id = (select id from users where email = $1)',
      [email],
    );
    expectProblem(await activate(service.url, email, code), 400, 'expired-activation-code');
    expect(await storedPerson(service.database, email)).toMatchObject({ activated_at: null });
  });
});

describe('what is no code is 422 and costs no try', () => {
  it.each([
    ['five digits', '12345'],
    ['seven digits', '1234567'],
    ['none', ''],
    ['nine digits', '123456789'],
    ['a number', 123456],
    ['null', null],
    ['a truth value', true],
    ['an array of one', ['123456']],
    ['an object', { code: '123456' }],
    ['letters', 'abcdef'],
    ['a blank in front', ' 123456'],
    ['a blank behind', '123456 '],
    ['a line feed behind', '123456\n'],
    ['a sign', '+12345'],
    ['an exponent', '1234e5'],
    ['full-width digits', '１２３４５６'],
    ['Arabic digits', '١٢٣٤٥٦'],
    ['digits with NUL', '12345\u0000'],
    ['SQL', "1' or 1=1"],
  ])('%s', async (_, code) => {
    const { email } = await newPerson(service);
    const answer = await activate(service.url, email, code);
    expectProblem(answer, 422, 'validation-failed');
    const pointers = answer.body['errors'].map(({ pointer }: { pointer: string }) => pointer);
    expect(new Set(pointers)).toEqual(new Set(['/code']));
    expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0 });
  });

  it.each<[string, string, string]>([
    ['an empty object', '{}', '/code required'],
    ['another member', '{"Code":"123456"}', '/code required'],
    ['a member of the prototype', '{"__proto__":{"code":"123456"}}', '/code required'],
    ['an array', '[{"code":"123456"}]', ' invalid_type'],
    ['null', 'null', ' invalid_type'],
    ['a string', '"123456"', ' invalid_type'],
    ['a number', '123456', ' invalid_type'],
  ])('a body that is %s', async (_, body, fault) => {
    const { email } = await newPerson(service);
    const auth = basic(email, PASSWORD);
    const answer = await request(service.url, 'POST', '/v1/activation', { body, auth });
    expectProblem(answer, 422, 'validation-failed');
    expect(
      answer.body['errors'].map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`),
    ).toEqual([fault]);
    expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0 });
  });
});

it('wrong credentials are 401 before anything else is looked at, and cost no try', async () => {
  const { email, code } = await newPerson(service);
  expectProblem(await activate(service.url, email, code, 'not the password'), 401, 'invalid-credentials');
  expectProblem(await activate(service.url, newEmail(), code), 401, 'invalid-credentials');
  expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0, activated_at: null });
});
