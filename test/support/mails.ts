import { getQueueToken } from '@nestjs/bullmq';
import type { Job, Queue } from 'bullmq';
import { DEAD_LETTER_QUEUE, MAIL_QUEUE, type MailJob } from '../../src/mail/mail-queue.js';
import { newEmail, register } from './client.js';
import type { TestDatabase } from './databases.js';
import { eventually } from './eventually.js';
import type { Replica, Service } from './service.js';
import type { ScriptedSmtp } from './smtp.js';

/** The mail queue, or that of the dead letters, as the service has it. */
export function queueOf(replica: Replica, name = MAIL_QUEUE): Queue<MailJob> {
  return replica.app.get<Queue<MailJob>>(getQueueToken(name), { strict: false });
}

export function deadLetterQueueOf(replica: Replica): Queue<MailJob> {
  return queueOf(replica, DEAD_LETTER_QUEUE);
}

/** What the outbox says of the newest mail to an address. */
export interface MailRow {
  id: string;
  state: 'pending' | 'sent' | 'dead' | 'obsolete';
  attempts: number;
  last_error: string | null;
}

export async function newestMail(database: TestDatabase, email: string): Promise<MailRow> {
  const [row] = await database.sql<MailRow>(
    `select mails.id, state, attempts, last_error from mails join users on users.id = user_id
     where email = $1 order by mails.id desc limit 1`,
    [email],
  );
  return row!;
}

/** Waits until the newest mail to an address is in that state. */
export function becomes(database: TestDatabase, email: string, state: MailRow['state']): Promise<MailRow> {
  return eventually(
    async () => {
      const row = await newestMail(database, email);
      return row.state === state && row;
    },
    { what: `a mail to ${email} that is ${state}` },
  );
}

/** Waits until the queue keeps a mail for another try. @returns its job */
export function putOff(replica: Replica, mailId: string): Promise<Job<MailJob>> {
  return eventually(
    async () => (await queueOf(replica).getDelayed()).find((job) => job.data.mailId === mailId),
    { what: `mail ${mailId} put off` },
  );
}

/** Somebody whose mail the server of the service puts off. @returns the address, and what lets the mail be tried again */
export async function personWhoWaits(
  service: Service,
  smtp: ScriptedSmtp,
): Promise<{ email: string; tryAgain: () => Promise<void> }> {
  const email = newEmail();
  smtp.mode = 'defer';
  await register(service.url, email);
  const job = await putOff(service, (await newestMail(service.database, email)).id);
  const tryAgain = async () => {
    smtp.mode = 'ok';
    await job.promote();
  };
  return { email, tryAgain };
}

/** Somebody whose mail the server refuses for good, and others from now on; its job is in the dead letter queue already. */
export async function newDeadLetter(
  service: Service,
  smtp: ScriptedSmtp,
): Promise<{ userId: string; email: string; mailId: string }> {
  smtp.mode = 'no-such-user';
  const email = newEmail();
  const { body } = await register(service.url, email);
  const { id: mailId } = await becomes(service.database, email, 'dead');
  const queue = deadLetterQueueOf(service);
  await eventually(async () => (await queue.getWaiting()).some(({ data }) => data.mailId === mailId), {
    what: `mail ${mailId} among the dead letters`,
  });
  return { userId: body['id'], email, mailId };
}
