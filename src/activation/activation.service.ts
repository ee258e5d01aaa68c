import { Injectable, Logger } from '@nestjs/common';
import { InvalidCredentials } from '../common/invalid-credentials.js';
import { ValidationFailed } from '../common/validation-failed.js';
import { Config } from '../config/config.js';
import { Database, type Queryable } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';
import type { Account } from '../users/user.js';
import { UsersRepository } from '../users/users.repository.js';
import {
  AlreadyActive,
  ExpiredActivationCode,
  InvalidActivationCode,
  TooManyAttempts,
} from './activation.errors.js';
import { ActivationRepository, type CountedAttempt } from './activation.repository.js';
import { CodeIssuer } from './code-issuer.js';
import { CodeMaker } from './code-maker.js';
import { findBlock } from './limits.js';

const DAY_SECONDS = 86_400;

/** Turns a pending account into an active one, for whoever knows its password and the code in its mail. */
@Injectable()
export class ActivationService {
  private readonly logger = new Logger('Activation');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly codes: ActivationRepository,
    private readonly maker: CodeMaker,
    private readonly issuer: CodeIssuer,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param account whose password was checked
   * @returns when the account became active
   * @throws ValidationFailed (not the configured number of digits), AlreadyActive, ExpiredActivationCode, InvalidActivationCode, TooManyAttempts
   */
  async activate(account: Account, digits: string): Promise<Date> {
    const { length, maxAttempts, dailyAttempts } = this.config.code;
    if (digits.length !== length) throw wrongLength(length);
    if (account.activatedAt !== null) throw new AlreadyActive();
    const attempt = await this.codes.countAttempt(account.id, {
      perCode: maxAttempts,
      perDay: dailyAttempts,
    });
    if (attempt === undefined) {
      this.metrics.activations.inc({ result: 'refused' });
      throw await this.refusal(account);
    }
    if (!this.maker.matches(attempt, digits)) {
      this.metrics.activations.inc({ result: 'wrong_code' });
      this.logger.log({ event: 'activation.failed', user_id: account.id, attempts: attempt.attempts });
      throw new InvalidActivationCode(this.remaining(attempt));
    }
    const activatedAt = await this.useCode(account, attempt);
    this.metrics.activations.inc({ result: 'succeeded' });
    this.metrics.activationSeconds.observe((activatedAt.getTime() - account.createdAt.getTime()) / 1_000);
    this.logger.log({ event: 'activation.succeeded', user_id: account.id });
    return activatedAt;
  }

  /**
   * Mails a new code and voids the older one.
   *
   * @returns how long the new code lives and until the next one may be asked for, in seconds
   * @throws AlreadyActive, TooManyCodes, InvalidCredentials (erased or taken over meanwhile)
   */
  async resend(account: Account): Promise<{ expiresIn: number; retryAfter: number }> {
    if (account.activatedAt !== null) throw new AlreadyActive();
    const seconds = await this.issuer.reissue(account.id);
    if (seconds === undefined) throw new InvalidCredentials();
    return { expiresIn: this.config.code.ttlSeconds, retryAfter: Math.ceil(seconds) };
  }

  /** The code and the account change together or not at all; of any number at once one gets here with a row. */
  private async useCode(account: Account, attempt: CountedAttempt): Promise<Date> {
    return this.database.transaction(async (transaction) => {
      const activatedAt = await this.users.activate(transaction, account.id);
      if (activatedAt === undefined) throw await this.refusal(account, transaction);
      if (!(await this.codes.use(transaction, attempt.id)))
        throw new InvalidActivationCode(this.remaining(attempt));
      return activatedAt;
    });
  }

  /** Says why no attempt was counted, or why the account changed under it. */
  private async refusal(account: Account, on?: Queryable): Promise<Error> {
    const current = await this.users.findByEmail(account.email, on);
    // Erased, or taken over by somebody with another password.
    if (current?.id !== account.id) return new InvalidCredentials();
    if (current.activatedAt !== null) return new AlreadyActive();
    const state = await this.codes.findState(account.id, on);
    if (state === undefined) return new ExpiredActivationCode();
    const { dailyAttempts, maxAttempts, ttlSeconds } = this.config.code;
    const perDay = { name: 'attempts-per-day', limit: dailyAttempts, seconds: DAY_SECONDS };
    const block = findBlock(state.attemptedAt, state.now, [perDay]);
    if (block !== undefined) return new TooManyAttempts(block);
    if (state.expired) return new ExpiredActivationCode();
    // A newer code came meanwhile.
    if (state.attempts < maxAttempts)
      return new InvalidActivationCode(
        this.remaining({ attempts: state.attempts, attemptsToday: state.attemptedAt.length }),
      );
    // The code is used up: the way on is a new one, as soon as that may be had.
    const perCode = { name: 'attempts-per-code', limit: maxAttempts, seconds: ttlSeconds };
    return new TooManyAttempts({ quota: perCode, seconds: this.issuer.findBlock(state)?.seconds ?? 1 });
  }

  private remaining({ attempts, attemptsToday }: Pick<CountedAttempt, 'attempts' | 'attemptsToday'>): number {
    const { maxAttempts, dailyAttempts } = this.config.code;
    return Math.min(maxAttempts - attempts, dailyAttempts - attemptsToday);
  }
}

function wrongLength(length: number): ValidationFailed {
  return new ValidationFailed([
    { pointer: '/code', code: 'invalid_format', detail: `The code has exactly ${length} digits.` },
  ]);
}
