import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  type IQueueBackend,
  type JobProgress,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import { createBackend } from './queue-backend.js';
import { type QueueConnection, workerConnection } from './queue-connection.js';

/** How long a backend may take to say good-bye before it is left to itself, milliseconds. */
const CLOSE_DEADLINE_MS = 2_000;

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
    await Promise.race([super.close(), delay(CLOSE_DEADLINE_MS, undefined, { ref: false })]);
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

  constructor(name: string, processor: Processor<unknown, unknown>, options: WorkerOptions<QueueConnection>) {
    const client = workerConnection(options.connection);
    super(name, processor, { ...options, connection: client }, createBackend);
    this.client = client;
    this.on('error', report);
    if (client instanceof Redis) client.on('error', report);
  }

  /** Waits for the jobs at hand, unless there is no Redis to report them to. */
  override async close(): Promise<void> {
    const lost = this.client instanceof Redis && this.client.status !== 'ready';
    await super.close(lost);
    // Nest closes a second time; ioredis would start a timer for a socket that is gone already.
    if (this.client instanceof Redis && this.client.status !== 'end') this.client.disconnect();
  }
}
