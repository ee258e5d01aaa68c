import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ActivationRepository } from '../../src/activation/activation.repository.js';
import { Database, type Transaction } from '../../src/database/database.js';
import { UsersRepository } from '../../src/users/users.repository.js';
import { activate } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { becomes, personWhoWaits } from '../support/mails.js';
import { newPerson, storedPerson } from '../support/person.js';
import { type Service, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

// A code is used and its account is activated in one transaction, and each of the two is guarded for itself: so one
// hides that the other is missing. Here SQL makes the states that cannot be, in which each guard stands alone.

let smtp: ScriptedSmtp;
let service: Service;

beforeAll(async () => {
  smtp = await startSmtp();
  service = { ...(await startService({ SMTP_URL: smtp.url })), mailbox: smtp };
});

afterAll(async () => {
  await service.stop();
  await smtp.stop();
});

const codeIsUsed = `update activation_codes set used_at = now() from users where users.id = user_id and email = $1`;
const accountIsActive = `update users set activated_at = now() where email = $1`;

function inTransaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return service.app.get(Database, { strict: false }).transaction(work);
}

/** Tries a mail that was put off after that has happened to its owner. @returns what became of it */
async function deliverAfter(change: string): Promise<unknown> {
  const { email, tryAgain } = await personWhoWaits(service, smtp);
  await service.database.sql(change, [email]);
  await tryAgain();
  return becomes(service.database, email, 'obsolete');
}

describe('a code that was used, of an account that is not active', () => {
  it('is no code any more, and costs no try', async () => {
    const { email, code } = await newPerson(service);
    await service.database.sql(codeIsUsed, [email]);
    expectProblem(await activate(service.url, email, code), 400, 'invalid-activation-code');
    expect(await storedPerson(service.database, email)).toMatchObject({ activated_at: null, attempts: 0 });
  });

  it('is not used again', async () => {
    const { email } = await newPerson(service);
    await service.database.sql(codeIsUsed, [email]);
    const { code_id: id } = (await storedPerson(service.database, email))!;
    const codes = service.app.get(ActivationRepository, { strict: false });
    const used = await inTransaction((transaction) => codes.use(transaction, id));
    expect(used).toBe(false);
  });

  it('is not mailed', async () => {
    expect(await deliverAfter(codeIsUsed)).toMatchObject({ attempts: 2 });
  });
});

describe('an active account, whose code was not used', () => {
  it('is not activated again', async () => {
    const { id, email } = await newPerson(service);
    await service.database.sql(accountIsActive, [email]);
    const users = service.app.get(UsersRepository, { strict: false });
    const activatedAt = await inTransaction((transaction) => users.activate(transaction, id));
    expect(activatedAt).toBeUndefined();
  });

  it('is not mailed a code', async () => {
    expect(await deliverAfter(accountIsActive)).toMatchObject({ attempts: 2 });
  });
});
