import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import type { Queue } from 'bullmq';
import { inSpan } from '../common/tracing.js';
import { MAIL_QUEUE, type MailJob, jobIdOf } from './mail-queue.js';
import { QueueConnectionProvider } from './queue-connection.js';

const enqueueing = {
  kind: SpanKind.PRODUCER,
  attributes: { 'messaging.system': 'bullmq', 'messaging.destination.name': MAIL_QUEUE },
};

/**
 * How many jobs may be on their way to the queue one by one. When so many are, it is slower than the registrations, and
 * another one would only wait in memory; the relay adds five hundred with one call.
 */
const MOST_UNDER_WAY = 100;

/** Puts owed mails into the queue. Best effort: what does not get there is found by the relay. */
@Injectable()
export class MailDispatcher {
  private readonly logger = new Logger('Mail');
  private underWay = 0;

  constructor(
    @InjectQueue(MAIL_QUEUE) private readonly queue: Queue<MailJob>,
    private readonly connection: QueueConnectionProvider,
  ) {}

  /** Fire and forget, after the commit: nobody waits for the queue. */
  enqueueSoon(mailId: string): void {
    if (this.underWay >= MOST_UNDER_WAY) return this.logger.debug(`left to the relay: ${mailId}`);
    this.underWay++;
    void this.add(() => this.queue.add('send', { mailId }, { jobId: jobIdOf(mailId) })).finally(
      () => this.underWay--,
    );
  }

  /** Many at once. Never throws. @returns whether the queue took them */
  async enqueue(mailIds: string[]): Promise<boolean> {
    const jobs = mailIds.map((mailId) => ({
      name: 'send',
      data: { mailId },
      opts: { jobId: jobIdOf(mailId) },
    }));
    return this.add(() => this.queue.addBulk(jobs));
  }

  private async add(jobs: () => Promise<unknown>): Promise<boolean> {
    if (!this.connection.isReady()) return false;
    try {
      await inSpan('mail enqueue', enqueueing, jobs);
      return true;
    } catch (error) {
      this.logger.warn(`left to the relay, the queue did not take it: ${(error as Error).message}`);
      return false;
    }
  }
}
