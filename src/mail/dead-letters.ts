import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { DEAD_LETTER_QUEUE, type MailJob, jobIdOf } from './mail-queue.js';
import { OutboxRepository } from './outbox.repository.js';
import { QueueConnectionProvider } from './queue-connection.js';

/** As many rows are revived by one statement. */
const BATCH = 1_000;

/**
 * As many jobs are looked after at once. Few, because the queue on PostgreSQL asks for each job of a list, and each
 * removal, by a statement of its own, all of them at once on the two connections that registrations need, too.
 */
const JOBS = 50;

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

  /** Tries a dead letter again, from the start, as soon as the relay comes round. @returns false when it is not dead */
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
      const jobs = await this.queue.getWaiting(start, start + JOBS - 1);
      const dead = await this.outbox.findDead(jobs.map(({ data }) => data.mailId));
      const stale = jobs.filter(({ data }) => !dead.has(data.mailId));
      await Promise.all(stale.map((job) => job.remove()));
      removed += stale.length;
      // The others have moved up.
      start += jobs.length - stale.length;
      if (jobs.length < JOBS) break;
    }
    return removed;
  }

  private async remove(mailIds: string[]): Promise<void> {
    for (let start = 0; start < mailIds.length; start += JOBS) {
      const batch = mailIds.slice(start, start + JOBS);
      const done = await this.tell(async () => {
        // Those that died again meanwhile stay.
        const dead = await this.outbox.findDead(batch);
        const others = batch.filter((mailId) => !dead.has(mailId));
        await Promise.all(others.map((mailId) => this.queue.remove(jobIdOf(mailId))));
      });
      // The upkeep tidies up.
      if (!done) return;
    }
  }

  /** @returns whether the queue took it */
  private async tell(change: () => Promise<unknown>): Promise<boolean> {
    if (!this.connection.isReady()) return false;
    try {
      await change();
      return true;
    } catch (error) {
      this.logger.warn(`the dead letter queue does not show the truth: ${(error as Error).message}`);
      return false;
    }
  }
}
