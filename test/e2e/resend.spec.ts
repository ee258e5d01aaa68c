import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, newEmail, resend } from '../support/client.js';
import { expectProblem, expectRetryAfter, expectSeconds } from '../support/expectations.js';
import { linesOfRequest } from '../support/log.js';
import { letPass, newActivePerson, newPerson, storedPerson } from '../support/person.js';
import { type Service, anotherCode, codeFor, mailsTo, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

it('mails another code, which is the only good one and holds the address for its life', async () => {
  const { email, code, id } = await newPerson(service);
  const before = await storedPerson(service.database, email);
  await letPass(service.database, email, 300);
  const answer = await resend(service.url, email);
  expect(answer.status).toBe(202);
  expect(answer.body).toEqual({ message: 'A new code is on its way', expires_in: 600, retry_after: 60 });

  const newer = await codeFor(service.mailbox, email, 2);
  expect(newer).not.toBe(code);
  const stored = await storedPerson(service.database, email);
  expect(stored).toMatchObject({ id, held: true, attempts: 0, codes_issued: 2, activated_at: null });
  expect(stored!.code_id).not.toBe(before!.code_id);
  expect(stored!.code_life).toBeGreaterThan(590);
  expect(stored!.password_hash).toBe(before!.password_hash);
  const lines = await linesOfRequest(answer.headers, 'mail.sent');
  expect(lines.map(({ event, status }) => ({ event, status }))).toEqual([
    { event: 'http.request', status: 202 },
    { event: 'mail.sent', status: undefined },
  ]);

  expect((await activate(service.url, email, newer)).status).toBe(200);
  expect(service.mailbox.mails.filter(({ to }) => to.includes(email))).toHaveLength(2);
});

it('works after the code has run out, for as long as nobody took the address', async () => {
  const { email } = await newPerson(service);
  await letPass(service.database, email, 86_400);
  expect((await resend(service.url, email)).status).toBe(202);
  expect((await activate(service.url, email, await codeFor(service.mailbox, email, 2))).status).toBe(200);
});

it('does not give back the tries of the day', async () => {
  const { email, code } = await newPerson(service);
  await activate(service.url, email, anotherCode(code));
  await letPass(service.database, email, 61);
  await resend(service.url, email);
  await codeFor(service.mailbox, email, 2);
  expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0, attempts_today: 1 });
});

describe('is refused', () => {
  it('inside the cooldown, with the seconds that are left, and the code in hand stays good', async () => {
    const { email, code } = await newPerson(service);
    await letPass(service.database, email, 20);
    const answer = await resend(service.url, email);
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(answer, 40);
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 1, mails: ['sent'] });
    expect((await activate(service.url, email, code)).status).toBe(200);
  });

  it('past five codes an hour, and the last one says so', async () => {
    const { email } = await newPerson(service);
    const waits: unknown[] = [];
    for (let codes = 2; codes <= 5; codes++) {
      await letPass(service.database, email, 61);
      const { status, body } = await resend(service.url, email);
      expect(status).toBe(202);
      waits.push(body.retry_after);
      await mailsTo(service.mailbox, email, codes);
    }
    expect(waits.slice(0, 3)).toEqual([60, 60, 60]);
    expectSeconds(waits[3], 3_600 - 4 * 61);
    await letPass(service.database, email, 61);
    const answer = await resend(service.url, email);
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(answer, 3_600 - 5 * 61);
    await letPass(service.database, email, 3_601 - 5 * 61);
    expect((await resend(service.url, email)).status).toBe(202);
  });

  it('past ten codes a day', async () => {
    const { email } = await newPerson(service);
    for (let codes = 2; codes <= 10; codes++) {
      await letPass(service.database, email, 3_600);
      expect((await resend(service.url, email)).status).toBe(202);
      await mailsTo(service.mailbox, email, codes);
    }
    await letPass(service.database, email, 3_600);
    const answer = await resend(service.url, email);
    expectProblem(answer, 429, 'too-many-requests');
    expectRetryAfter(answer, 86_400 - 10 * 3_600);
  });

  it('when the account is active', async () => {
    const { email } = await newActivePerson(service);
    await letPass(service.database, email, 61);
    expectProblem(await resend(service.url, email), 409, 'already-active');
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 1, mails: ['sent'] });
  });

  it('with wrong credentials', async () => {
    const { email } = await newPerson(service);
    await letPass(service.database, email, 61);
    expectProblem(await resend(service.url, email, 'not the password'), 401, 'invalid-credentials');
    expectProblem(await resend(service.url, newEmail()), 401, 'invalid-credentials');
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 1 });
  });
});
