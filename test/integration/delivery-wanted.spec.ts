import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { MailDispatcher } from '../../src/mail/mail-dispatcher.js';
import { MailKinds } from '../../src/mail/mail-kinds.js';
import { type OwedMail, OutboxRepository } from '../../src/mail/outbox.repository.js';
import { useCleanup } from '../support/cleanup.js';
import { activate, newEmail, register, resend } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { becomes, newestMail, personWhoWaits, putOff } from '../support/mails.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { letPass, newPerson } from '../support/person.js';
import { type Service, codeFor, mailsTo, startReplica, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const cleanup = useCleanup();
let smtp: ScriptedSmtp;
let service: Service;

beforeAll(async () => {
  smtp = await startSmtp();
  service = { ...(await startService({ SMTP_URL: smtp.url })), mailbox: smtp };
});

afterEach(() => {
  smtp.release();
});

afterAll(async () => {
  await service.stop();
  await smtp.stop();
});

/** Owes somebody a mail of that kind. @returns the address */
async function oweMail(kind: string): Promise<string> {
  const { id: userId, email } = await newPerson(service);
  const mail = { kind, userId, subjectId: randomUUID() };
  const outbox = service.app.get(OutboxRepository);
  const id = await service.app.get(Database).transaction((transaction) => outbox.owe(transaction, mail));
  service.app.get(MailDispatcher).enqueueSoon(id);
  return email;
}

async function registered(): Promise<string> {
  const email = newEmail();
  await register(service.url, email);
  return email;
}

describe('a mail that nobody can write', () => {
  it('is dead at once when nobody knows its kind, and others pass', async () => {
    const email = await oweMail('love-letter');
    expect(await becomes(service.database, email, 'dead')).toMatchObject({
      attempts: 1,
      last_error: expect.stringContaining('no composer for mails of kind love-letter'),
    });
    expect(await outcomes(service.url, smtp, [await registered()])).toEqual([deliveredOnce]);
  });

  it('is dead at once when its composer throws, and others pass', async () => {
    service.app.get(MailKinds).define('broken', () => Promise.reject(new Error('no words')));
    const email = await oweMail('broken');
    expect(await becomes(service.database, email, 'dead')).toMatchObject({
      attempts: 1,
      last_error: 'the mail cannot be written: no words',
    });
    expect(await outcomes(service.url, smtp, [await registered()])).toEqual([deliveredOnce]);
  });
});

describe('a mail that waited', () => {
  it('is dropped when its code was replaced, and only the newer code is mailed', async () => {
    const { email, tryAgain } = await personWhoWaits(service, smtp);
    const { id } = await newestMail(service.database, email);
    await letPass(service.database, email, 61);
    smtp.mode = 'ok';
    expect((await resend(service.url, email)).status).toBe(202);
    await mailsTo(smtp, email);
    await tryAgain();
    const state = () =>
      service.database.sql<{ state: string }>('select state from mails where id = $1', [id]);
    await eventually(async () => (await state())[0]!.state === 'obsolete', {
      what: 'the older mail dropped',
    });
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('does not hold the address when nobody wants it any more', async () => {
    const { email, tryAgain } = await personWhoWaits(service, smtp);
    const { id } = await newestMail(service.database, email);
    await letPass(service.database, email, 61);
    smtp.mode = 'ok';
    await resend(service.url, email);
    await mailsTo(smtp, email);
    await letPass(service.database, email, 700);
    await tryAgain();
    await eventually(
      async () => {
        const [row] = await service.database.sql('select state from mails where id = $1', [id]);
        return row!['state'] === 'obsolete';
      },
      { what: 'the older mail dropped' },
    );
    expect((await register(service.url, email, 'another password')).status).toBe(201);
  });

  it('is dropped when the account was activated meanwhile', async () => {
    smtp.mode = 'lose-reply';
    const email = newEmail();
    await register(service.url, email);
    const code = await codeFor(smtp, email);
    const job = await putOff(service, (await newestMail(service.database, email)).id);
    expect((await activate(service.url, email, code)).status).toBe(200);
    smtp.mode = 'ok';
    await job.promote();
    await becomes(service.database, email, 'obsolete');
    expect(await mailsTo(smtp, email)).toHaveLength(1);
  });

  it('is gone with an account that was erased', async () => {
    const { email, tryAgain } = await personWhoWaits(service, smtp);
    await service.database.sql('delete from users where email = $1', [email]);
    await tryAgain();
    expect(await outcomes(service.url, smtp, [(await newPerson(service)).email])).toEqual([deliveredOnce]);
    expect(smtp.mails.filter(({ to }) => to.includes(email))).toEqual([]);
  });

  it('is dropped when its owner was erased after somebody had begun to send it', async () => {
    const notice = { id: randomUUID(), kind: 'already-registered', userId: randomUUID() } as OwedMail;
    expect(await service.app.get(MailKinds).compose(notice)).toBe('obsolete');
  });

  it('is tried again soon when the database could not be asked what is in it', async () => {
    const { email, tryAgain } = await personWhoWaits(service, smtp);
    await service.database.sql('begin');
    await service.database.sql('lock table users');
    await tryAgain();
    const released = async () => {
      const rows = await service.database.sql(
        `select from mails where last_error like '%cannot do this right now%' and lease_until is null`,
      );
      return rows.length === 1;
    };
    await eventually(released, { what: 'the mail given back' });
    await service.database.sql('rollback');
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('for longer than its code lives still carries a code that works', async () => {
    const { email, tryAgain } = await personWhoWaits(service, smtp);
    await letPass(service.database, email, 700);
    await tryAgain();
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('holds the address again for the life of the code it carries', async () => {
    const { email, tryAgain } = await personWhoWaits(service, smtp);
    await letPass(service.database, email, 700);
    await tryAgain();
    await mailsTo(smtp, email);
    const answer = await register(service.url, email, 'another password');
    expect(answer.status).toBe(409);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(590);
  });
});

describe('a change of ACTIVATION_CODE_SECRET', () => {
  const [older, newer] = [
    'the secret before, which is long enough',
    'the secret after, which is long enough too',
  ];

  it('spoils neither the mails that wait nor the codes that were mailed', async () => {
    const secret = { ACTIVATION_CODE_SECRET: older };
    const api = cleanup(await startService({ ...secret, ROLE: 'api' }));
    const [mailed, waiting] = [newEmail(), newEmail()];
    await register(api.url, mailed);
    const worker = await startReplica({ ...api.variables, ROLE: 'worker' });
    const code = await codeFor(api.mailbox, mailed);
    await worker.stop();
    await register(api.url, waiting);

    const secrets = { ACTIVATION_CODE_SECRET: newer, ACTIVATION_CODE_SECRET_PREVIOUS: older };
    const after = cleanup(await startReplica({ ...api.variables, ...secrets, ROLE: 'all' }));
    expect((await activate(after.url, mailed, code)).status).toBe(200);
    expect(await outcomes(after.url, api.mailbox, [waiting])).toEqual([deliveredOnce]);
  });
});
