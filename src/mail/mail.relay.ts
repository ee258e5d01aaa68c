import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { causeOf } from '../common/cause-of.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { MailDispatcher } from './mail-dispatcher.js';
import { OutboxRepository } from './outbox.repository.js';
import { QueueConnectionProvider } from './queue-connection.js';

const INTERVAL_MS = 1_000;
const BATCH = 500;

/** So many at once take a fraction of what a statement may. */
const SUSPECT_BATCH = 5_000;

/**
 * Sees to it that no owed mail is forgotten: whatever the queue lost (a crash between commit and enqueue, a Redis
 * that came back empty) is queued again, under the same job id. So are dead letters that an operator replays.
 */
@Injectable()
export class MailRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Mail');
  private readonly task = new PeriodicTask(
    () => this.round(),
    INTERVAL_MS,
    (error) => this.logger.warn(`the relay will try again: ${causeOf(error)}`),
  );
  private suspicious = false;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly dispatcher: MailDispatcher,
    private readonly connection: QueueConnectionProvider,
  ) {}

  onApplicationBootstrap(): void {
    this.connection.onReconnect(() => (this.suspicious = true));
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** The queue may have lost everything, and may again while this goes on. */
  private async suspectAll(): Promise<void> {
    this.suspicious = false;
    try {
      while ((await this.outbox.suspect(SUSPECT_BATCH)) === SUSPECT_BATCH);
    } catch (error) {
      this.suspicious = true;
      throw error;
    }
  }

  private async round(): Promise<void> {
    if (!this.connection.isReady()) return;
    if (this.suspicious) await this.suspectAll();
    const overdue = await this.outbox.takeOverdue(BATCH);
    if (overdue.length === 0) return;
    if (await this.dispatcher.enqueue(overdue)) {
      this.logger.log({ event: 'mail.requeued', count: overdue.length });
    } else {
      await this.outbox.putBack(overdue);
    }
  }
}
