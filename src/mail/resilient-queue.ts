import { Logger } from '@nestjs/common';
import {
  type IQueueBackend,
  type Job,
  type JobProgress,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import { waitAtMost } from '../common/in-time.js';
import { createBackend } from './queue-backend.js';
import { type QueueConnection, workerConnection } from './queue-connection.js';

/** How long a backend may take to say good-bye before it is left to itself, milliseconds. */
const CLOSE_DEADLINE_MS = 1_000;

const logger = new Logger('Queue');
const report = (error: Error) => logger.warn(`queue: ${error.message}`);

/** A queue on either backend that can be closed while the backend is away. */
export class ResilientQueue extends Queue<
  unknown,
  unknown,
  string,
  unknown,
  unknown,
  string,
  IQueueBackend,
  QueueConnection
> {
  constructor(name: string, options: QueueOptions<QueueConnection>) {
    super(name, options, createBackend);
    this.on('error', report);
  }

  override async close(): Promise<void> {
    await waitAtMost(CLOSE_DEADLINE_MS, super.close());
  }
}

/**
 * A worker on either backend that can be closed while the backend is away: BullMQ's waits for ever then
 * (taskforcesh/bullmq #4656).
 */
export class ResilientWorker extends Worker<
  unknown,
  unknown,
  string,
  IQueueBackend,
  JobProgress,
  QueueConnection
> {
  private readonly client: QueueConnection;
  private readonly atHand: Set<Promise<unknown>>;
  private ending: Promise<void> | undefined;

  constructor(name: string, processor: Processor<unknown, unknown>, options: WorkerOptions<QueueConnection>) {
    const client = workerConnection(options.connection);
    const atHand = new Set<Promise<unknown>>();
    const remember = (job: Job, token?: string) => {
      const work = Promise.resolve(processor(job, token)).finally(() => atHand.delete(work));
      atHand.add(work);
      return work;
    };
    super(name, remember, { ...options, connection: client }, createBackend);
    this.client = client;
    this.atHand = atHand;
    this.on('error', report);
    if (client instanceof Redis) client.on('error', report);
  }

  /**
   * Takes no more jobs and waits for those at hand, but not for ever for the backend to hear of it. Nest calls
   * it again at the very end, when whoever called first has waited as long as there was time.
   */
  override close(): Promise<void> {
    if (this.ending !== undefined) return waitAtMost(CLOSE_DEADLINE_MS, this.ending);
    return (this.ending = this.end());
  }

  private async end(): Promise<void> {
    const closed = super.close();
    await Promise.race([closed, this.jobsAtHand().then(() => waitAtMost(CLOSE_DEADLINE_MS, closed))]);
    await this.lockManager.close();
    void this.backend.close(true);
    // ioredis would start a timer for a socket that is gone already.
    if (this.client instanceof Redis && this.client.status !== 'end') this.client.disconnect();
  }

  private async jobsAtHand(): Promise<void> {
    while (this.atHand.size > 0) await Promise.allSettled(this.atHand);
  }
}
