import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, resend } from '../support/client.js';
import { expectProblem, expectRetryAfter } from '../support/expectations.js';
import { letPass, newPerson, storedPerson } from '../support/person.js';
import { type Service, anotherCode, codeFor, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

/** Wrong guesses one after the other. @returns what each answer says is left */
async function guessWrong(email: string, code: string, times: number): Promise<number[]> {
  const left: number[] = [];
  for (let i = 0; i < times; i++) {
    const answer = await activate(service.url, email, anotherCode(code));
    expectProblem(answer, 400, 'invalid-activation-code');
    left.push(answer.body['remaining_attempts']);
  }
  return left;
}

/** A newer code, a minute later. */
async function nextCode(email: string, count: number): Promise<string> {
  await letPass(service.database, email, 61);
  expect((await resend(service.url, email)).status).toBe(202);
  return codeFor(service.mailbox, email, count);
}

describe('one code', () => {
  it('takes five tries, and then not even the right one', async () => {
    const { email, code } = await newPerson(service);
    expect(await guessWrong(email, code, 5)).toEqual([4, 3, 2, 1, 0]);
    for (const digits of [code, anotherCode(code)]) {
      const answer = await activate(service.url, email, digits);
      expectProblem(answer, 429, 'too-many-attempts');
      expectRetryAfter(answer, 60);
    }
    expect(await storedPerson(service.database, email)).toMatchObject({
      attempts: 5,
      attempts_today: 5,
      activated_at: null,
    });
  });

  it('may be guessed right at the fifth try', async () => {
    const { email, code } = await newPerson(service);
    await guessWrong(email, code, 4);
    expect((await activate(service.url, email, code)).status).toBe(200);
  });

  it('of which the tries are gone says so until it expires', async () => {
    const { email, code } = await newPerson(service);
    await guessWrong(email, code, 5);
    await letPass(service.database, email, 61);
    const waited = await activate(service.url, email, code);
    expectProblem(waited, 429, 'too-many-attempts');
    expect(waited.headers.get('retry-after')).toBe('1');
    await letPass(service.database, email, 600);
    expectProblem(await activate(service.url, email, code), 400, 'expired-activation-code');
  });

  it('of somebody else is not touched by that', async () => {
    const [ada, bob] = [await newPerson(service), await newPerson(service)];
    await guessWrong(ada.email, ada.code, 5);
    expect((await activate(service.url, bob.email, bob.code)).status).toBe(200);
  });
});

describe('one account', () => {
  it('takes twenty tries a day, however many codes it asks for', async () => {
    const person = await newPerson(service);
    const { email } = person;
    let { code } = person;
    for (let codes = 1; codes <= 4; codes++) {
      if (codes > 1) code = await nextCode(email, codes);
      expect(await guessWrong(email, code, 5)).toEqual([4, 3, 2, 1, 0]);
    }
    code = await nextCode(email, 5);
    const refused = await activate(service.url, email, code);
    expectProblem(refused, 429, 'too-many-attempts');
    expectRetryAfter(refused, 86_400 - 4 * 61);
    expect(await storedPerson(service.database, email)).toMatchObject({
      attempts: 0,
      attempts_today: 20,
      activated_at: null,
    });

    await letPass(service.database, email, 86_401);
    expectProblem(await activate(service.url, email, code), 400, 'expired-activation-code');
    const fresh = await nextCode(email, 6);
    expect((await activate(service.url, email, fresh)).status).toBe(200);
  });

  it('is told the smaller of what is left on the code and for the day', async () => {
    const { email, code } = await newPerson(service);
    await service.database.sql(
      `update activation_codes set attempted_at = array_fill(now(), array[17])
       where user_id = (select id from users where email = $1)`,
      [email],
    );
    expect(await guessWrong(email, code, 3)).toEqual([2, 1, 0]);
    expectProblem(await activate(service.url, email, code), 429, 'too-many-attempts');
  });
});
