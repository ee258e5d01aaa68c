import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { MailDispatcher } from './mail-dispatcher.js';
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
    private readonly dispatcher: MailDispatcher,
  ) {}

  /** Shows a mail whose row is marked already. Fire and forget: nothing depends on the queue. */
  show(mailId: string): void {
    this.tell(() => this.queue.add('dead', { mailId }, { jobId: jobIdOf(mailId) }));
  }

  /** Takes mails that are erased, or tried again, off the queue. Fire and forget. */
  hide(mailIds: string[]): void {
    this.tell(() => Promise.all(mailIds.map((mailId) => this.queue.remove(jobIdOf(mailId)))));
  }

  /** Tries a dead letter again, from the start. @returns false when it is not dead */
  async replay(mailId: string): Promise<boolean> {
    const revived = await this.outbox.revive({ id: mailId, limit: 1 });
    this.send(revived);
    return revived.length === 1;
  }

  /** Tries all of them again. @returns how many */
  async replayAll(): Promise<number> {
    let total = 0;
    let revived: string[];
    do {
      revived = await this.outbox.revive({ limit: BATCH });
      this.send(revived);
      total += revived.length;
    } while (revived.length === BATCH);
    return total;
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

  private send(mailIds: string[]): void {
    this.hide(mailIds);
    void this.dispatcher.enqueue(mailIds);
  }

  private tell(change: () => Promise<unknown>): void {
    if (!this.connection.isReady()) return;
    change().catch((error: Error) => {
      this.logger.warn(`the dead letter queue does not show the truth: ${error.message}`);
    });
  }
}
