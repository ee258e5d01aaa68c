import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { activate, newEmail, register } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, sortedStatuses } from '../support/expectations.js';
import { logLines } from '../support/log.js';
import { newDeadLetter } from '../support/mails.js';
import { OPERATOR, admin, auditOf, mailInState } from '../support/operator.js';
import { mailsOnBoard } from '../support/queue-board.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Service, codeFor, mailsTo, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

describeOnBothBackends('dead letters', (startBackend) => {
  let backend: Backend;
  let smtp: ScriptedSmtp;
  let service: Service;

  beforeAll(async () => {
    backend = await startBackend();
    smtp = await startSmtp();
    service = await startService({ ...OPERATOR, ...backend.variables, SMTP_URL: smtp.url });
  });

  afterAll(async () => {
    await service.stop();
    await smtp.stop();
    await backend.stop();
  });

  beforeEach(() => {
    smtp.mode = 'ok';
  });

  /** Waits until a mail is in the dead letter queue, or is not. */
  const onBoard = (mailId: string, expected: boolean) =>
    eventually(
      async () => {
        const mails = await mailsOnBoard(service, 'mail-dead-letter');
        return mails.some((mail) => isDeepStrictEqual(mail, { mailId })) === expected;
      },
      { what: `the board ${expected ? 'with' : 'without'} the dead letter` },
    );

  it('a mail refused with 550 is one: with its reason in the list, on the board, and no address in the log', async () => {
    const { mailId, email } = await newDeadLetter(service, smtp);
    const { body } = await admin(service, 'GET', '/mails?status=dead&limit=1');
    expect(body['items']).toEqual([
      {
        id: mailId,
        kind: 'activation-code',
        to: email,
        status: 'dead',
        attempts: 1,
        last_error: expect.stringContaining(`550 5.1.1 <${email}>: no such user`),
        created_at: expect.any(String),
        sent_at: null,
        dead_at: expect.any(String),
      },
    ]);
    await onBoard(mailId, true);

    const lines = logLines(({ mail_id }) => mail_id === mailId);
    expect(lines).toMatchObject([
      { event: 'mail.dead', level: 'error', reason: expect.stringContaining('550') },
    ]);
    expect(logLines((line) => JSON.stringify(line).includes(email))).toEqual([]);
  });

  it('one is replayed once the server takes it: the mail arrives once, and its code works', async () => {
    const { userId, mailId, email } = await newDeadLetter(service, smtp);
    smtp.mode = 'ok';
    const answer = await admin(service, 'POST', `/mails/${mailId}/retry`);
    expect(answer).toMatchObject({ status: 202, body: { message: expect.any(String) } });
    expect(auditOf(answer)).toEqual([
      { event: 'admin.mail_replayed', operator: 'operator', mail_id: mailId },
    ]);

    const code = await codeFor(smtp, email);
    expect((await activate(service.url, email, code)).status).toBe(200);
    expect(await mailInState(service, userId, 'sent')).toMatchObject({
      id: mailId,
      attempts: 1,
      last_error: null,
    });
    await onBoard(mailId, false);
    expect(smtp.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  it('one whose code ran out meanwhile comes with a code that lives anew', async () => {
    const { userId, mailId, email } = await newDeadLetter(service, smtp);
    await service.database.sql(
      `update activation_codes set expires_at = now() - interval '1 day' where user_id = $1`,
      [userId],
    );
    smtp.mode = 'ok';
    await admin(service, 'POST', `/mails/${mailId}/retry`);
    expect((await activate(service.url, email, await codeFor(smtp, email))).status).toBe(200);
  });

  it('one may die again, and be replayed again', async () => {
    const { userId, mailId, email } = await newDeadLetter(service, smtp);
    await admin(service, 'POST', `/mails/${mailId}/retry`);
    expect(await mailInState(service, userId, 'dead')).toMatchObject({ attempts: 1 });
    await onBoard(mailId, true);
    smtp.mode = 'ok';
    expect((await admin(service, 'POST', `/mails/${mailId}/retry`)).status).toBe(202);
    await mailsTo(smtp, email);
    await onBoard(mailId, false);
  });

  it('one is replayed by one of eight operators at once, and arrives once', async () => {
    const { userId, mailId, email } = await newDeadLetter(service, smtp);
    smtp.mode = 'hold';
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin(service, 'POST', `/mails/${mailId}/retry`)),
    );
    expect(sortedStatuses(answers)).toEqual([202, 409, 409, 409, 409, 409, 409, 409]);
    await eventually(() => smtp.holding === 1, { what: 'the mail at the server' });
    smtp.release();
    await mailInState(service, userId, 'sent');
    expect(smtp.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  it('all are replayed together, and counted', async () => {
    await service.database.sql(`delete from mails where state = 'dead'`);
    const people = [
      await newDeadLetter(service, smtp),
      await newDeadLetter(service, smtp),
      await newDeadLetter(service, smtp),
    ];
    smtp.mode = 'ok';
    const answer = await admin(service, 'POST', '/mails/retry');
    expect(answer).toMatchObject({ status: 202, body: { count: 3 } });
    expect(auditOf(answer)).toEqual([{ event: 'admin.mails_replayed', operator: 'operator', count: 3 }]);
    for (const { email } of people) {
      expect((await activate(service.url, email, await codeFor(smtp, email))).status).toBe(200);
      expect(smtp.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
    }
    for (const { mailId } of people) await onBoard(mailId, false);
    expect((await admin(service, 'POST', '/mails/retry')).body).toEqual({ count: 0 });
  });

  it('a thousand are replayed together, and the queue has time for a registration, too', async () => {
    await service.database.sql(
      `with owners as (
         insert into users (id, email, password_hash, activated_at, pending_until)
         select gen_random_uuid(), i || '@replayed.test', 'none', now(), now() from generate_series(1, 1000) as i returning id)
       insert into mails (id, kind, user_id, subject_id, state, dead_at)
       select gen_random_uuid(), 'already-registered', id, id, 'dead', now() from owners`,
    );
    const linesBefore = logLines(() => true).length;
    expect((await admin(service, 'POST', '/mails/retry')).body).toEqual({ count: 1_000 });
    const email = newEmail();
    await register(service.url, email);
    await mailsTo(smtp, email);
    await eventually(
      () => smtp.mails.filter(({ to }) => to[0]!.endsWith('@replayed.test')).length === 1_000,
      { what: 'a thousand mails', within: 25_000 },
    );
    const warnings = logLines(() => true)
      .slice(linesBefore)
      .filter(({ level }) => level === 'warn' || level === 'error');
    expect(warnings).toEqual([]);
  });

  it('when not all can be replayed, the audit log tells how many were', async () => {
    await service.database.sql(`delete from mails where state = 'dead'`);
    await service.database.sql(
      `with owners as (
         insert into users (id, email, password_hash, activated_at, pending_until)
         select gen_random_uuid(), i || '@stopped.test', 'none', now(), now() from generate_series(1, 1001) as i returning id)
       insert into mails (id, kind, user_id, subject_id, state, dead_at, created_at, last_error)
       select gen_random_uuid(), 'activation-code', id, id, 'dead', now(), now() + i * interval '1 ms',
              case when i = 1001 then 'stop' end
       from (select id, row_number() over () as i from owners) as owner`,
    );
    await service.database.sql(
      `create function stop() returns trigger language plpgsql as
       $$ begin raise exception 'no more' using errcode = '57014'; end $$`,
    );
    await service.database.sql(
      `create trigger stop before update on mails for each row when (old.last_error = 'stop')
       execute function stop()`,
    );
    const answer = await admin(service, 'POST', '/mails/retry');
    expectProblem(answer, 503, 'temporarily-unavailable');
    expect(auditOf(answer)).toMatchObject([{ event: 'admin.mails_replayed', count: 1_000 }]);
    await service.database.sql('drop function stop cascade');
    expect((await admin(service, 'POST', '/mails/retry')).body).toEqual({ count: 1 });
  });

  it('a mail that was sent, or still waits, is none', async () => {
    const sent = await register(service.url, newEmail());
    const { id } = await mailInState(service, sent.body['id'], 'sent');
    const answer = await admin(service, 'POST', `/mails/${String(id)}/retry`);
    expectProblem(answer, 409, 'mail-not-dead');
    expect(auditOf(answer)).toEqual([]);

    smtp.mode = 'defer';
    const waiting = await register(service.url, newEmail());
    const pending = await eventually(async () => {
      const mail = await mailInState(service, waiting.body['id'], 'pending');
      return mail['last_error'] !== null && mail;
    });
    expect(pending).toMatchObject({ attempts: 1, last_error: expect.stringContaining('451 4.3.0') });
    expectProblem(
      await admin(service, 'POST', `/mails/${String(pending['id'])}/retry`),
      409,
      'mail-not-dead',
    );
    expect(await mailsOnBoard(service, 'mail')).toContainEqual({ mailId: pending['id'] });
  });

  it('of somebody who is erased leave the board with them', async () => {
    const { userId, mailId } = await newDeadLetter(service, smtp);
    await onBoard(mailId, true);
    expect((await admin(service, 'DELETE', `/users/${userId}`)).status).toBe(204);
    await onBoard(mailId, false);
    expectProblem(await admin(service, 'POST', `/mails/${mailId}/retry`), 404, 'not-found');
  });
});
