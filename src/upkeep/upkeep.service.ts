import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ActivationRepository } from '../activation/activation.repository.js';
import { causeOf } from '../common/cause-of.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { Config } from '../config/config.js';
import { Database, type Transaction } from '../database/database.js';
import { DeadLetters } from '../mail/dead-letters.js';
import { OutboxRepository } from '../mail/outbox.repository.js';
import { UsersRepository } from '../users/users.repository.js';

const INTERVAL_MS = 10 * 60_000;
const BATCH = 1_000;

/** How long what is settled is kept for an operator to look at, days. */
const SETTLED_DAYS = 30;
const DEAD_LETTER_DAYS = 90;

/** Erases a batch of one kind. @returns how many */
type Erase = (transaction: Transaction) => Promise<number>;

/** Erases what has had its time, in small batches; rows one replica at a time. */
@Injectable()
export class UpkeepService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Upkeep');
  private readonly task = new PeriodicTask(
    () => this.run(),
    INTERVAL_MS,
    (error) => this.logger.warn(`the upkeep will try again: ${causeOf(error)}`),
  );

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly codes: ActivationRepository,
    private readonly outbox: OutboxRepository,
    private readonly deadLetters: DeadLetters,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** One round over everything; also what the tests call. */
  async run(): Promise<void> {
    const hours = this.config.pendingRetentionHours;
    const mails = { settledDays: SETTLED_DAYS, deadDays: DEAD_LETTER_DAYS };
    const erased = {
      pending_users: await this.eraseAll('users', (transaction) =>
        this.users.erasePending(transaction, hours, BATCH),
      ),
      codes: await this.eraseAll('codes', (transaction) =>
        this.codes.eraseUsed(transaction, SETTLED_DAYS, BATCH),
      ),
      mails: await this.eraseAll('mails', (transaction) =>
        this.outbox.eraseSettled(transaction, mails, BATCH),
      ),
      dead_letter_jobs: await this.deadLetters.tidy(),
    };
    if (Object.values(erased).some((count) => count > 0))
      this.logger.log({ event: 'upkeep.erased', ...erased });
  }

  /** What cannot be erased does not keep the others. */
  private async eraseAll(what: string, erase: Erase): Promise<number> {
    let total = 0;
    try {
      for (let count = BATCH; count === BATCH; total += count) {
        count = await this.database.transaction(async (transaction) =>
          (await isOurTurn(transaction)) ? erase(transaction) : 0,
        );
      }
    } catch (error) {
      this.logger.warn(`${what} will be erased later: ${causeOf(error)}`);
    }
    return total;
  }
}

/** A lock that ends with the transaction: a second replica skips its turn instead of waiting. */
async function isOurTurn(transaction: Transaction): Promise<boolean> {
  const [row] = await transaction.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(hashtext('registration-api upkeep')) as locked`,
  );
  return row?.locked === true;
}
