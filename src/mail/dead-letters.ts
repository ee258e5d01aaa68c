import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { DEAD_LETTER_QUEUE, type MailJob, jobIdOf } from './mail-queue.js';
import { OutboxRepository } from './outbox.repository.js';
import { QueueConnectionProvider } from './queue-connection.js';

/** As many rows are revived by one statement. */
const BATCH = 1_000;

/**
 * As many jobs are looked after at once. Few, because the queue on PostgreSQL asks for each job of a list, and each
 * removal, by a statement of its own, all of them at once on its two connections.
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

  /** Tries all of them again, batch by batch. @returns how many each has */
  async *replayAll(): AsyncGenerator<number> {
    const all: string[] = [];
    try {
      let revived: string[];
      do {
        revived = await this.outbox.revive({ limit: BATCH });
        all.push(...revived);
        yield revived.length;
      } while (revived.length === BATCH);
    } finally {
      this.hide(all);
    }
  }

  /**
   * Takes off the queue what is no dead letter any more: erased by the upkeep, or replayed while the queue was away.
   * Without it every address with a typing error would leave a job behind for ever.
   *
   * @returns how many
   */
  async tidy(): Promise<number> {
    let removed = 0;
    await this.tell(async () => {
      let jobs: Job<MailJob>[];
      let start = 0;
      do {
        jobs = await this.queue.getWaiting(start, start + JOBS - 1);
        const gone = await this.removeUnlessDead(jobs.map(({ data }) => data.mailId));
        removed += gone;
        // The others have moved up.
        start += jobs.length - gone;
      } while (jobs.length === JOBS);
    });
    return removed;
  }

  private async remove(mailIds: string[]): Promise<void> {
    for (let start = 0; start < mailIds.length; start += JOBS) {
      const batch = mailIds.slice(start, start + JOBS);
      // Those that died again meanwhile stay.
      const done = await this.tell(() => this.removeUnlessDead(batch));
      // The upkeep tidies up.
      if (!done) return;
    }
  }

  /** Not job.remove(), which fails when another replica has just removed it. @returns how many are gone */
  private async removeUnlessDead(mailIds: string[]): Promise<number> {
    const dead = await this.outbox.findDead(mailIds);
    const others = mailIds.filter((mailId) => !dead.has(mailId));
    await Promise.all(others.map((mailId) => this.queue.remove(jobIdOf(mailId))));
    return others.length;
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
