import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, newEmail, register, whoAmI } from '../support/client.js';
import { expectProblem, expectRetryAfter } from '../support/expectations.js';
import { letPass, newPerson, storedPerson } from '../support/person.js';
import { type Service, anotherCode, codeFor, mailsTo, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService({ ACTIVATION_DAILY_ATTEMPTS: '6' });
});

afterAll(() => service.stop());

/** Registers again and again, each time after the last code has run out. */
async function registerTimes(times: number, everySeconds: number): Promise<string> {
  const email = newEmail();
  for (let count = 1; count <= times; count++) {
    expect((await register(service.url, email, `password number ${count}`)).status).toBe(201);
    await mailsTo(service.mailbox, email, count);
    await letPass(service.database, email, everySeconds);
  }
  return email;
}

describe('an address whose code has run out', () => {
  it('goes to whoever registers next: new password, new code, new mail', async () => {
    const first = await newPerson(service, 'password of the first');
    await letPass(service.database, first.email, 601);

    const second = await register(service.url, first.email, 'password of the second');
    expect(second.status).toBe(201);
    const code = await codeFor(service.mailbox, first.email, 2);
    expect(await storedPerson(service.database, first.email)).toMatchObject({
      held: true,
      codes_issued: 2,
      attempts: 0,
    });
    expect(Date.parse(second.body['created_at'])).toBeGreaterThan(Date.now() - 60_000);

    expectProblem(
      await whoAmI(service.url, first.email, 'password of the first'),
      401,
      'invalid-credentials',
    );
    const stranger = await activate(service.url, first.email, code, 'password of the first');
    expectProblem(stranger, 401, 'invalid-credentials');
    const owner = await activate(service.url, first.email, code, 'password of the second');
    expect(owner).toMatchObject({ status: 200, body: { user_id: second.body['id'] } });
  });

  it('is not given up a moment sooner', async () => {
    const { email } = await newPerson(service);
    await letPass(service.database, email, 590);
    const answer = await register(service.url, email);
    expectProblem(answer, 409, 'email-already-registered');
    expectRetryAfter(answer, 10);
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 1, mails: ['sent'] });
  });

  it('does not come with the code of the one before', async () => {
    const { email, code } = await newPerson(service, 'password of the first');
    await letPass(service.database, email, 601);
    await register(service.url, email, 'password of the second');
    const fresh = await codeFor(service.mailbox, email, 2);
    expect(fresh).not.toBe(code);
    expectProblem(
      await activate(service.url, email, code, 'password of the second'),
      400,
      'invalid-activation-code',
    );
  });

  it('does not come with new tries for the day', async () => {
    const { email, code } = await newPerson(service);
    for (let i = 0; i < 5; i++) await activate(service.url, email, anotherCode(code));
    await letPass(service.database, email, 601);
    await register(service.url, email);
    const fresh = await codeFor(service.mailbox, email, 2);
    expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0, attempts_today: 5 });

    const last = await activate(service.url, email, anotherCode(fresh));
    expect(last).toMatchObject({ status: 400, body: { remaining_attempts: 0 } });
    const right = await activate(service.url, email, fresh);
    expectProblem(right, 429, 'too-many-attempts');
    expectRetryAfter(right, 86_400 - 601);
  });
});

describe('mails to one address by registration', () => {
  it('are at most five an hour; the sixth registration is refused and changes nothing', async () => {
    const email = await registerTimes(5, 601);
    const refused = await register(service.url, email, 'password number 6');
    expectProblem(refused, 429, 'too-many-requests');
    expectRetryAfter(refused, 3_600 - 5 * 601);
    expect((await whoAmI(service.url, email, 'password number 5')).status).toBe(200);
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 5, held: false });

    await letPass(service.database, email, 3_601 - 5 * 601);
    expect((await register(service.url, email, 'password number 6')).status).toBe(201);
    expect(await mailsTo(service.mailbox, email, 6)).toHaveLength(6);
  });

  it('are at most ten a day', async () => {
    const email = await registerTimes(10, 7_200);
    const refused = await register(service.url, email);
    expectProblem(refused, 429, 'too-many-requests');
    expectRetryAfter(refused, 86_400 - 10 * 7_200);

    await letPass(service.database, email, 86_401 - 10 * 7_200);
    expect((await register(service.url, email)).status).toBe(201);
  });
});
