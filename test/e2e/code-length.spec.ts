import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, resend } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { letPass, newPerson, storedPerson } from '../support/person.js';
import { type Service, anotherCode, codeFor, startService } from '../support/service.js';

describe.each([4, 8])('with ACTIVATION_CODE_LENGTH=%d', (length) => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ ACTIVATION_CODE_LENGTH: String(length) });
  });

  afterAll(() => service.stop());

  it('a mailed code has as many digits and works', async () => {
    const { email, code } = await newPerson(service);
    expect(code).toMatch(new RegExp(`^[0-9]{${length}}$`));
    expect((await activate(service.url, email, code)).status).toBe(200);
  });

  it('so has a second one, and wrong ones cost a try', async () => {
    const { email, code } = await newPerson(service);
    await letPass(service.database, email, 61);
    await resend(service.url, email);
    const newer = await codeFor(service.mailbox, email, 2);
    expect(newer).toHaveLength(code.length);
    expectProblem(await activate(service.url, email, anotherCode(newer)), 400, 'invalid-activation-code');
    expect((await activate(service.url, email, newer)).status).toBe(200);
  });

  it('any other number of digits is no code and costs no try', async () => {
    const { email } = await newPerson(service);
    for (const other of [3, 4, 5, 6, 7, 8, 9].filter((digits) => digits !== length)) {
      expectProblem(await activate(service.url, email, '1'.repeat(other)), 422, 'validation-failed');
    }
    expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 0 });
  });
});
