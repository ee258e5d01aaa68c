import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { PgPool } from 'bullmq';
import { MailDispatcher } from '../../src/mail/mail-dispatcher.js';
import { jobIdOf } from '../../src/mail/mail-queue.js';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { logLines } from '../support/log.js';
import { becomes, newestMail, putOff, queueOf } from '../support/mails.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Replica, type Service, mailsTo, startReplica, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

describeOnBothBackends('a mail in the queue', (startBackend) => {
  let backend: Backend;
  let smtp: ScriptedSmtp;
  let service: Service;
  let replica: Replica;

  beforeAll(async () => {
    backend = await startBackend();
    smtp = await startSmtp();
    service = await startService({ ...backend.variables, SMTP_URL: smtp.url });
    replica = await startReplica(service.variables);
  });

  afterEach(() => {
    smtp.release();
  });

  afterAll(async () => {
    await replica.stop();
    await service.stop();
    await smtp.stop();
    await backend.stop();
  });

  /** Puts jobs for one mail into the queue under names of their own, as nothing of ours ever does. */
  async function flood(mailId: string, count: number): Promise<void> {
    const jobs = Array.from({ length: count }, (_, index) => ({
      name: 'send',
      data: { mailId },
      opts: { jobId: `again-${index}-${mailId}` },
    }));
    await queueOf(service).addBulk(jobs);
  }

  async function isEmpty(): Promise<boolean> {
    const counts = await queueOf(service).getJobCounts('waiting', 'active', 'delayed', 'failed', 'completed');
    return Object.values(counts).every((count) => count === 0);
  }

  it('is sent once, however many jobs ask for it at once, by two replicas', async () => {
    smtp.mode = 'hold';
    const email = newEmail();
    await register(service.url, email);
    await eventually(() => smtp.holding === 1, { what: 'the mail on the wire' });
    await flood((await newestMail(service.database, email)).id, 8);
    await eventually(async () => (await queueOf(service).getJobCountByTypes('waiting', 'active')) === 1);
    smtp.release();
    await becomes(service.database, email, 'sent');
    await eventually(isEmpty, { what: 'an empty queue' });
    expect(await mailsTo(smtp, email)).toHaveLength(1);
  });

  it('is not sent again by a job that comes late', async () => {
    const email = newEmail();
    await register(service.url, email);
    const { id } = await becomes(service.database, email, 'sent');
    await flood(id, 3);
    await eventually(isEmpty, { what: 'an empty queue' });
    expect(await mailsTo(smtp, email)).toHaveLength(1);
  });

  it('is queued once, however often it is asked for', async () => {
    smtp.mode = 'defer';
    const email = newEmail();
    await register(service.url, email);
    const { id } = await newestMail(service.database, email);
    const job = await putOff(service, id);
    await service.database.sql('update mails set due_at = now() where id = $1', [id]);
    await eventually(async () => {
      const [row] = await service.database.sql<{ later: boolean }>(
        `select due_at > now() as later from mails where id = $1`,
        [id],
      );
      return row!.later;
    });
    expect(await queueOf(service).getJobCountByTypes('waiting', 'active', 'delayed')).toBe(1);
    smtp.mode = 'ok';
    await job.promote();
    await becomes(service.database, email, 'sent');
    expect(await mailsTo(smtp, email)).toHaveLength(1);
  });

  it('is not left behind when its job is lost', async () => {
    smtp.mode = 'defer';
    const email = newEmail();
    await register(service.url, email);
    const { id } = await newestMail(service.database, email);
    const job = await putOff(service, id);
    smtp.mode = 'ok';
    await job.remove();
    await service.database.sql('update mails set due_at = now() where id = $1', [id]);
    await becomes(service.database, email, 'sent');
    expect(await mailsTo(smtp, email)).toHaveLength(1);
  });

  it('is kept nowhere when it is done: the queue stays empty', async () => {
    const emails = Array.from({ length: 5 }, newEmail);
    for (const email of emails) await register(service.url, email);
    for (const email of emails) await becomes(service.database, email, 'sent');
    await eventually(isEmpty, { what: 'an empty queue' });
    expect(await queueOf(service).getCompletedCount()).toBe(0);
  });
});

describeOnBothBackends('more mails at once than the queue takes', (startBackend) => {
  let backend: Backend;
  let service: Service;

  beforeAll(async () => {
    backend = await startBackend();
    service = await startService({ ...backend.variables, ROLE: 'api' });
  });

  afterAll(async () => {
    await service.stop();
    await backend.stop();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('do not all wait in memory: a hundred are on their way, no more', async () => {
    const queue = queueOf(service);
    await queue.getJobCounts();
    const add = jest.spyOn(queue, 'add');
    const dispatcher = service.app.get(MailDispatcher, { strict: false });
    for (let i = 0; i < 150; i++) dispatcher.enqueueSoon(randomUUID());
    expect(add).toHaveBeenCalledTimes(100);
    await Promise.all(add.mock.results.map(({ value }) => value as Promise<unknown>));
    expect((await register(service.url, newEmail())).status).toBe(201);
    expect(add).toHaveBeenCalledTimes(101);
  });
});

describe('a queue on PostgreSQL', () => {
  const cleanup = useCleanup();

  it('that does not take a mail costs none: the relay puts it there later, and says so then', async () => {
    const before = logged();
    const service = cleanup(await startService());
    await service.database.sql('alter table bullmq.job rename to job_away');
    const email = newEmail();
    expect((await register(service.url, email)).status).toBe(201);
    await eventually(() => logged().refused === before.refused + 2, { what: "the relay's own try" });
    expect(logged().requeued).toBe(before.requeued);
    await service.database.sql('alter table bullmq.job_away rename to job');
    expect(await outcomes(service.url, service.mailbox, [email])).toEqual([deliveredOnce]);
    expect(logged().requeued).toBe(before.requeued + 1);
  });

  it('is asked for mails although its listening session is dead and the next one known is an hour away', async () => {
    const smtp = cleanup(await startSmtp('defer'));
    const service = cleanup(await startService({ SMTP_URL: smtp.url }));
    const [first, second] = [newEmail(), newEmail()];
    await register(service.url, first);
    const { id } = await newestMail(service.database, first);
    const job = await putOff(service, id);
    await service.database.sql('update mails set attempts = 20');
    await job.promote();
    await eventually(async () => (await putOff(service, id)).delay > 60_000, { what: 'a long wait' });

    const [listener] = await service.database.sql<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'mail'`,
    );
    process.kill(listener!.pid, 'SIGSTOP');
    cleanup({ stop: async () => process.kill(listener!.pid, 'SIGCONT') });
    smtp.mode = 'ok';
    expect((await register(service.url, second)).status).toBe(201);
    expect(await outcomes(service.url, smtp, [second])).toEqual([deliveredOnce]);
  });

  it('parses each statement once a connection', async () => {
    const service = cleanup(await startService({ ROLE: 'api' }));
    const queue = queueOf(service);
    await queue.add('send', { mailId: randomUUID() });
    // The pool gives out first what came back last: the connection that has just added the job.
    const { pool } = (queue.backend as unknown as { connection: { pool: PgPool } }).connection;
    const { rows } = await pool.query<{ statement: string }>('select statement from pg_prepared_statements');
    expect(rows.map(({ statement }) => statement)).toContainEqual(expect.stringContaining('add_job('));
  });

  it('goes on when a migration widens its table while its statements are prepared', async () => {
    const service = cleanup(await startService());
    const [before, ...after] = Array.from({ length: 6 }, newEmail);
    await register(service.url, before!);
    await becomes(service.database, before!, 'sent');
    await service.database.sql('alter table bullmq.job add column widened text');
    for (const email of after) await register(service.url, email);
    expect(await outcomes(service.url, service.mailbox, after)).toEqual(after.map(() => deliveredOnce));
  });

  it('hands a job whose worker died to another worker', async () => {
    const service = cleanup(await startService({ ROLE: 'api' }));
    const email = newEmail();
    await register(service.url, email);
    const { id } = await newestMail(service.database, email);
    await eventually(() => queueOf(service).getJob(jobIdOf(id)));
    await service.database.sql(
      `update bullmq.job set state = 'active', lock_token = 'of a dead worker', locked_until_ms = 1, attempts_started = 1`,
    );
    cleanup(await startReplica({ ...service.variables, ROLE: 'worker' }));
    expect(await outcomes(service.url, service.mailbox, [email], 15_000)).toEqual([deliveredOnce]);
    expect(logLines(({ msg }) => String(msg).includes('lost its worker'))).toHaveLength(1);
  });
});

/** How often the log tells that the queue refused mails, and that the relay brought it some. */
function logged() {
  return {
    refused: logLines(({ msg }) => String(msg).startsWith('left to the relay')).length,
    requeued: logLines(({ event }) => event === 'mail.requeued').length,
  };
}
