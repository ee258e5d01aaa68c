import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { DEAD_LETTER_QUEUE, type MailJob, jobIdOf } from './mail-queue.js';
import { OutboxRepository } from './outbox.repository.js';
import { QueueConnectionProvider } from './queue-connection.js';

/**
 * As many dead letters are revived, or looked after, at once. Small, because the queue on PostgreSQL asks for each job of
 * a list, and each removal, by a statement of its own, all of them at once on a pool of few connections.
 */
const BATCH = 50;

/** Mails that were given up: the outbox rows say which; the dead letter queue shows them on the queue board. */
@Injectable()
export class DeadLetters {
  private readonly logger = new Logger('Mail');

  constructor(
    @InjectQueue(DEAD_LETTER_QUEUE) private readonly queue: Queue<MailJob>,
    private readonly connection: QueueConnectionProvider,
    private readonly outbox: OutboxRepository,
  ) {}

  /** Shows a mail whose row is marked already. Fire and forget: nothing depends on the queue. */
  show(mailId: string): void {
    void this.tell(() => this.queue.add('dead', { mailId }, { jobId: jobIdOf(mailId) }));
  }

  /** Takes mails that are erased, or tried again, off the queue. Fire and forget. */
  hide(mailIds: string[]): void {
    void this.remove(mailIds);
  }

  /** Tries a dead letter again, from the start: the relay queues it within a second. @returns false when it is not dead */
  async replay(mailId: string): Promise<boolean> {
    const revived = await this.outbox.revive({ id: mailId, limit: 1 });
    this.hide(revived);
    return revived.length === 1;
  }

  /** Tries all of them again. @returns how many */
  async replayAll(): Promise<number> {
    const all: string[] = [];
    let revived: string[];
    do {
      revived = await this.outbox.revive({ limit: BATCH });
      all.push(...revived);
    } while (revived.length === BATCH);
    this.hide(all);
    return all.length;
  }

  /**
   * Takes off the queue what is no dead letter any more: erased by the upkeep, or replayed while the queue was away.
   * Without it every address with a typing error would leave a job behind for ever.
   *
   * @returns how many
   */
  async tidy(): Promise<number> {
    let removed = 0;
    for (let start = 0; this.connection.isReady();) {
      const jobs = await this.queue.getWaiting(start, start + BATCH - 1);
      const dead = await this.outbox.findDead(jobs.map(({ data }) => data.mailId));
      const stale = jobs.filter(({ data }) => !dead.has(data.mailId));
      await Promise.all(stale.map((job) => job.remove()));
      removed += stale.length;
      // The others have moved up.
      start += jobs.length - stale.length;
      if (jobs.length < BATCH) break;
    }
    return removed;
  }

  /** One batch after the other: the few connections of the queue are those of the registrations, too. */
  private async remove(mailIds: string[]): Promise<void> {
    for (let start = 0; start < mailIds.length; start += BATCH) {
      const batch = mailIds.slice(start, start + BATCH);
      await this.tell(() => Promise.all(batch.map((mailId) => this.queue.remove(jobIdOf(mailId)))));
    }
  }

  private async tell(change: () => Promise<unknown>): Promise<void> {
    if (!this.connection.isReady()) return;
    try {
      await change();
    } catch (error) {
      this.logger.warn(`the dead letter queue does not show the truth: ${(error as Error).message}`);
    }
  }
}
