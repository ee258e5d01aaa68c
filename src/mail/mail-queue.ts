import { getQueueToken } from '@nestjs/bullmq';
import type { DefaultJobOptions } from 'bullmq';

/** The queue of mails to send, and the one of those that were given up. */
export const MAIL_QUEUE = 'mail';
export const DEAD_LETTER_QUEUE = 'mail-dead-letter';

/** The two on the queue board: under which name Nest keeps them, and what they are. */
export const queuesToLookAt = [
  { token: getQueueToken(MAIL_QUEUE), description: 'Mails on their way: empty when all is well' },
  {
    token: getQueueToken(DEAD_LETTER_QUEUE),
    description:
      'Mails that were given up. No worker takes them: POST /v1/admin/mails/retry sends them again',
  },
];

/** All that a job carries: the outbox row says the rest, and Redis holds nobody's address. */
export interface MailJob {
  mailId: string;
}

/**
 * Named after the mail, so that queueing it twice queues it once. Finished jobs leave at once: a kept one would
 * block its name. How often is tried is decided on the outbox row, not here.
 */
export const mailJobOptions: DefaultJobOptions = {
  // The largest number that BullMQ's PostgreSQL backend can store.
  attempts: 2 ** 31 - 1,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: true,
  // BullMQ keeps a trace for each failure, and while PostgreSQL is away a job fails every second.
  stackTraceLimit: 1,
};

/** BullMQ takes neither a colon nor a mere number as the id of a job. */
export function jobIdOf(mailId: string): string {
  return `mail-${mailId}`;
}
