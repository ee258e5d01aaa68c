import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { DEAD_LETTER_QUEUE, jobIdOf } from './mail-queue.js';
import { QueueConnectionProvider } from './queue-connection.js';

/** The dead letter queue: a view for the queue board of what the outbox rows say. */
@Injectable()
export class DeadLetters {
  private readonly logger = new Logger('Mail');

  constructor(
    @InjectQueue(DEAD_LETTER_QUEUE) private readonly queue: Queue<{ mailId: string; reason: string }>,
    private readonly connection: QueueConnectionProvider,
  ) {}

  /** Fire and forget: the row is marked already, and nothing depends on the view. */
  add(mailId: string, reason: string): void {
    if (!this.connection.isReady()) return;
    this.queue.add('dead', { mailId, reason }, { jobId: jobIdOf(mailId) }).catch((error: Error) => {
      this.logger.warn(`dead letter ${mailId} is not in the dead letter queue: ${error.message}`);
    });
  }
}
