import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Queue } from 'bullmq';
import { DeadLetters } from '../../src/mail/dead-letters.js';
import { type MailJob, jobIdOf } from '../../src/mail/mail-queue.js';
import { UpkeepService } from '../../src/upkeep/upkeep.service.js';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { logLines } from '../support/log.js';
import { deadLetterQueueOf, newDeadLetter } from '../support/mails.js';
import { OPERATOR, admin, mailInState } from '../support/operator.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Service, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const cleanup = useCleanup();

describeOnBothBackends('the upkeep of the dead letter queue', (startBackend) => {
  let backend: Backend;
  let smtp: ScriptedSmtp;
  let service: Service;
  let queue: Queue<MailJob>;

  beforeEach(async () => {
    backend = await startBackend();
    smtp = await startSmtp('no-such-user');
    service = await startService({ ...OPERATOR, ...backend.variables, SMTP_URL: smtp.url });
    queue = deadLetterQueueOf(service);
  });

  afterEach(async () => {
    await service.stop();
    await smtp.stop();
    await backend.stop();
  });

  const upkeep = () => service.app.get(UpkeepService, { strict: false }).run();

  const mailsInQueue = async () => (await queue.getWaiting()).map(({ data }) => data.mailId);

  it('forgets the dead letters that it erased, and keeps the others', async () => {
    const [erased, kept] = [await newDeadLetter(service, smtp), await newDeadLetter(service, smtp)];
    await service.database.sql(
      `update users set created_at = now() - interval '25 hours', pending_until = now() - interval '1 hour'
       where id = $1`,
      [erased.userId],
    );
    await service.database.sql(`update mails set dead_at = now() - interval '25 hours' where id = $1`, [
      erased.mailId,
    ]);
    await upkeep();
    expect(await mailsInQueue()).toEqual([kept.mailId]);
    expect(logLines(({ event }) => event === 'upkeep.erased').at(-1)).toMatchObject({
      pending_users: 1,
      dead_letter_jobs: 1,
    });
  });

  it('looks through the queue to its end, wherever the true ones are', async () => {
    const kept: string[] = [];
    for (let i = 0; i < 3; i++) {
      kept.push((await newDeadLetter(service, smtp)).mailId);
      await queue.addBulk(Array.from({ length: 60 }, staleJob));
    }
    await upkeep();
    expect((await mailsInQueue()).toSorted()).toEqual(kept.toSorted());
  });

  it('is the same when two workers do it at once', async () => {
    const { mailId } = await newDeadLetter(service, smtp);
    await queue.addBulk(Array.from({ length: 500 }, staleJob));
    const lines = logLines(() => true).length;
    const letters = service.app.get(DeadLetters, { strict: false });
    await Promise.all([letters.tidy(), letters.tidy()]);
    expect(await mailsInQueue()).toEqual([mailId]);
    expect(
      logLines(() => true)
        .slice(lines)
        .filter(({ level }) => level === 'warn'),
    ).toEqual([]);
  });

  it('keeps a mail that died again while the many that were replayed with it are taken off', async () => {
    const { mailId } = await newDeadLetter(service, smtp);
    const others = Array.from({ length: 60 }, staleJob);
    await queue.addBulk(others);
    const replayed = [mailId, ...others.map(({ data }) => data.mailId)];
    service.app.get(DeadLetters, { strict: false }).hide(replayed);
    await eventually(async () => !(await mailsInQueue()).includes(replayed.at(-1)!), {
      what: 'the last one gone',
    });
    expect(await mailsInQueue()).toContain(mailId);
  });
});

it('a queue that does not take a change is told in the log, and the dead letter is sent all the same', async () => {
  const smtp = cleanup(await startSmtp('no-such-user'));
  const service = cleanup(await startService({ ...OPERATOR, SMTP_URL: smtp.url }));
  const { body } = await register(service.url, newEmail());
  const { id } = await mailInState(service, body['id'], 'dead');
  await service.database.sql('alter schema bullmq rename to away');
  expect((await admin(service, 'POST', `/mails/${String(id)}/retry`)).status).toBe(202);
  await eventually(
    () => logLines(({ msg }) => String(msg).startsWith('the dead letter queue does not show')).length > 0,
    { what: 'a line in the log' },
  );
  smtp.mode = 'ok';
  await service.database.sql('alter schema away rename to bullmq');
  // The relay may have tried in vain: it comes back to a mail after half a minute.
  await mailInState(service, body['id'], 'sent', 45_000);
});

it('a queue that does not take a change keeps no erasure out of the log', async () => {
  const smtp = cleanup(await startSmtp());
  const service = cleanup(await startService({ ...OPERATOR, SMTP_URL: smtp.url }));
  const { body } = await register(service.url, newEmail());
  const { id } = await mailInState(service, body['id'], 'sent');
  await service.database.sql(
    `update mails set created_at = now() - interval '31 days', sent_at = now() - interval '31 days' where id = $1`,
    [id],
  );
  await service.database.sql('alter schema bullmq rename to away');
  await service.app.get(UpkeepService, { strict: false }).run();
  await service.database.sql('alter schema away rename to bullmq');
  expect(logLines(({ event }) => event === 'upkeep.erased').at(-1)).toMatchObject({
    mails: 1,
    dead_letter_jobs: 0,
  });
});

/** Of a mail that does not exist any more. */
function staleJob() {
  const mailId = randomUUID();
  return { name: 'dead', data: { mailId }, opts: { jobId: jobIdOf(mailId) } };
}
