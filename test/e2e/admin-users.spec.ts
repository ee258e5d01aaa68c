import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, newEmail, register, resend, whoAmI } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, expectRetryAfter, sortedStatuses } from '../support/expectations.js';
import { logText } from '../support/log.js';
import { OPERATOR, admin, auditOf, mailInState } from '../support/operator.js';
import { letPass, newActivePerson, newPerson, storedPerson } from '../support/person.js';
import { type Service, codeFor, mailsTo, startService } from '../support/service.js';

const NOBODY = '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d';
const noId = ['1', 'nonsense', `${NOBODY}0`, NOBODY.replace('-', ''), '%00', '%27--'];

let service: Service;

beforeAll(async () => {
  service = await startService(OPERATOR);
});

afterAll(() => service.stop());

describe('looking at a person', () => {
  it('shows the account with its mails, newest first, and leaves an audit line without the address', async () => {
    const { id, email } = await newPerson(service);
    await letPass(service.database, email, 61);
    await resend(service.url, email);
    await mailsTo(service.mailbox, email, 2);
    const answer = await eventually(async () => {
      const look = await admin(service, 'GET', `/users/${id}`);
      const mails = look.body['mails'] as Array<Record<string, unknown>>;
      return mails.length === 2 && mails.every(({ status }) => status === 'sent') && look;
    });
    const mail = {
      id: expect.any(String),
      kind: 'activation-code',
      to: email,
      status: 'sent',
      attempts: 1,
      last_error: null,
      created_at: expect.any(String),
      sent_at: expect.any(String),
      dead_at: null,
    };
    expect(answer.body).toEqual({
      id,
      email,
      is_active: false,
      created_at: expect.any(String),
      activated_at: null,
      mails: [mail, mail],
    });
    const [newer, older] = answer.body['mails'];
    expect(newer.created_at > older.created_at).toBe(true);
    expect(auditOf(answer)).toEqual([{ event: 'admin.user_viewed', operator: 'operator', user_id: id }]);
    expect(logText()).not.toContain(email);
  });

  it('takes the id in capitals', async () => {
    const { id } = await newPerson(service);
    expect((await admin(service, 'GET', `/users/${id.toUpperCase()}`)).body).toMatchObject({ id });
  });
});

describe('erasing a person', () => {
  it.each<[string, typeof newPerson]>([
    ['pending', newPerson],
    ['active', newActivePerson],
  ])('removes every trace of a %s one, and the address may be registered again', async (_, make) => {
    const { id, email } = await make(service);
    const answer = await admin(service, 'DELETE', `/users/${id}`);
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(auditOf(answer)).toEqual([{ event: 'admin.user_erased', operator: 'operator', user_id: id }]);

    const left = await service.database.sql<{ count: number }>(
      `select (select count(*) from users where id = $1)::int + (select count(*) from activation_codes where user_id = $1)::int
              + (select count(*) from mails where user_id = $1)::int as count`,
      [id],
    );
    expect(left).toEqual([{ count: 0 }]);
    expectProblem(await whoAmI(service.url, email), 401, 'invalid-credentials');
    expectProblem(await admin(service, 'DELETE', `/users/${id}`), 404, 'not-found');

    expect((await register(service.url, email)).status).toBe(201);
    const code = await codeFor(service.mailbox, email, 2);
    expect((await activate(service.url, email, code)).status).toBe(200);
  });

  it('leaves everybody else alone', async () => {
    const [ada, bob] = [await newPerson(service), await newActivePerson(service)];
    await admin(service, 'DELETE', `/users/${ada.id}`);
    expect(await storedPerson(service.database, bob.email)).toMatchObject({
      id: bob.id,
      mails: [expect.any(String)],
    });
  });
});

describe('mailing a new code for somebody', () => {
  it('does not wait for the cooldown, voids the older code, and leaves an audit line', async () => {
    const { id, email, code } = await newPerson(service);
    const answer = await admin(service, 'POST', `/users/${id}/activation-code`);
    expect(answer).toMatchObject({ status: 202, body: { message: expect.any(String) } });
    expect(auditOf(answer)).toEqual([{ event: 'admin.code_mailed', operator: 'operator', user_id: id }]);
    const newer = await codeFor(service.mailbox, email, 2);
    if (newer !== code)
      expectProblem(await activate(service.url, email, code), 400, 'invalid-activation-code');
    expect((await activate(service.url, email, newer)).status).toBe(200);
  });

  it('counts for the cooldown of the person', async () => {
    const { id, email } = await newPerson(service);
    await letPass(service.database, email, 61);
    await admin(service, 'POST', `/users/${id}/activation-code`);
    const answer = await resend(service.url, email);
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(answer, 60);
  });

  it('stops at five an hour: no code, no mail, no audit line', async () => {
    const { id, email } = await newPerson(service);
    for (let i = 0; i < 4; i++)
      expect((await admin(service, 'POST', `/users/${id}/activation-code`)).status).toBe(202);
    const before = await storedPerson(service.database, email);
    const answer = await admin(service, 'POST', `/users/${id}/activation-code`);
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(answer, 3_600);
    expect(answer.headers.get('ratelimit-policy')).toBe('"codes-per-hour";q=5;w=3600');
    expect(auditOf(answer)).toEqual([]);
    expect(await storedPerson(service.database, email)).toMatchObject({
      code_id: before!.code_id,
      codes_issued: 5,
    });
    await letPass(service.database, email, 3_601);
    expect((await admin(service, 'POST', `/users/${id}/activation-code`)).status).toBe(202);
  });

  it('stops at ten a day', async () => {
    const { id, email } = await newPerson(service);
    await service.database.sql(
      `update activation_codes set issued_at = array_fill(now() - interval '2 hours', array[10]) where user_id = $1`,
      [id],
    );
    const answer = await admin(service, 'POST', `/users/${id}/activation-code`);
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(answer, 22 * 3_600);
    expect(await storedPerson(service.database, email)).toMatchObject({ mails: [expect.any(String)] });
  });

  it('of eight at once lets no more through than the hour has left', async () => {
    const { id, email } = await newPerson(service);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin(service, 'POST', `/users/${id}/activation-code`)),
    );
    expect(sortedStatuses(answers)).toEqual([202, 202, 202, 202, 429, 429, 429, 429]);
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 5 });
  });

  it('is refused for an active account', async () => {
    const { id, email } = await newActivePerson(service);
    const answer = await admin(service, 'POST', `/users/${id}/activation-code`);
    expectProblem(answer, 409, 'already-active');
    expect(auditOf(answer)).toEqual([]);
    expect(await storedPerson(service.database, email)).toMatchObject({
      codes_issued: 1,
      mails: [expect.any(String)],
    });
  });

  it('does not give back tries on codes', async () => {
    const { id, email } = await newPerson(service);
    await service.database.sql(
      `update activation_codes set attempted_at = array_fill(now(), array[20]) where user_id = $1`,
      [id],
    );
    await admin(service, 'POST', `/users/${id}/activation-code`);
    const code = await codeFor(service.mailbox, email, 2);
    expectProblem(await activate(service.url, email, code), 429, 'too-many-attempts');
  });
});

describe.each([
  ['GET', '/users/{id}'],
  ['DELETE', '/users/{id}'],
  ['POST', '/users/{id}/activation-code'],
  ['POST', '/mails/{id}/retry'],
])('%s %s', (method, path) => {
  it('is a 404 for an id that nobody has, and for what is no id', async () => {
    for (const id of [NOBODY, ...noId]) {
      const answer = await admin(service, method, path.replace('{id}', id));
      expectProblem(answer, 404, 'not-found');
      expect(auditOf(answer)).toEqual([]);
    }
  });
});

it('a mail that waits is shown as pending', async () => {
  const email = newEmail();
  const { body } = await register(service.url, email);
  await mailInState(service, body['id'], 'sent');
  await service.database.sql(
    `update mails set state = 'pending', sent_at = null, lease_until = now() + interval '1 hour',
    due_at = now() + interval '1 hour', last_error = '451 later' where user_id = $1`,
    [body['id']],
  );
  expect(await mailInState(service, body['id'], 'pending')).toMatchObject({
    last_error: '451 later',
    sent_at: null,
  });
});
