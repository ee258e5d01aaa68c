import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../config/config.js';
import { Database, type Transaction } from '../database/database.js';
import { MailDispatcher } from '../mail/mail-dispatcher.js';
import { OutboxRepository } from '../mail/outbox.repository.js';
import { UsersRepository } from '../users/users.repository.js';
import { ACTIVATION_CODE_MAIL } from './activation-code.mail.js';
import { AlreadyActive, TooManyCodes } from './activation.errors.js';
import { ActivationRepository, type CodeState } from './activation.repository.js';
import { CodeMaker } from './code-maker.js';
import { type Blocked, findBlock } from './limits.js';

/** Makes a new code and the mail that carries it, in the transaction of whoever needs one. */
@Injectable()
export class CodeIssuer {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly codes: ActivationRepository,
    private readonly outbox: OutboxRepository,
    private readonly dispatcher: MailDispatcher,
    private readonly maker: CodeMaker,
  ) {}

  /**
   * A code and an owed mail for a registration. Its caller has the address held before, and tells the dispatcher
   * when the transaction has committed.
   *
   * @returns the id of the mail; undefined when the caps on mails to this address forbid it, or there is no such
   * person: then the transaction must not be committed
   */
  async issue(transaction: Transaction, userId: string, cooldownSeconds = 0): Promise<string | undefined> {
    const { ttlSeconds, perHour, perDay } = this.config.code;
    const code = { id: uuidv7(), keyId: this.maker.keyId, userId, ttlSeconds };
    const [issued, mailId] = await Promise.all([
      this.codes.issue(transaction, code, { cooldownSeconds, perHour, perDay }),
      this.outbox.owe(transaction, { kind: ACTIVATION_CODE_MAIL, userId, subjectId: code.id }),
    ]);
    return issued ? mailId : undefined;
  }

  /**
   * A new code for a pending account, no sooner than the cooldown allows.
   *
   * @param cooldownSeconds an operator's does not wait
   * @returns in how many seconds the person may ask for another one; undefined when there is no such person, or not any more
   * @throws AlreadyActive, TooManyCodes
   */
  async reissue(
    userId: string,
    cooldownSeconds = this.config.code.cooldownSeconds,
  ): Promise<number | undefined> {
    const { ttlSeconds } = this.config.code;
    const made = await this.database.transaction(async (transaction) => {
      const [held, mailId, state] = await Promise.all([
        this.users.hold(transaction, userId, ttlSeconds),
        this.issue(transaction, userId, cooldownSeconds),
        this.codes.findState(userId, transaction),
      ]);
      if (held === undefined) {
        if ((await this.users.findById(userId, transaction)) !== undefined) throw new AlreadyActive();
        return undefined;
      }
      if (mailId === undefined) throw this.tooManyCodes(state!);
      return { mailId, seconds: this.findBlock(state!)?.seconds ?? 0 };
    });
    if (made === undefined) return undefined;
    this.dispatcher.enqueueSoon(made.mailId);
    return made.seconds;
  }

  /**
   * @param on the transaction in which a limit forbade a code: in it time stands still, and the limit is still there
   * @returns why no code may be sent to this person now
   */
  async refusal(userId: string, on: Transaction): Promise<TooManyCodes> {
    return this.tooManyCodes((await this.codes.findState(userId, on))!);
  }

  private tooManyCodes({ issuedAt, now }: CodeState): TooManyCodes {
    // A Date has no microseconds, and PostgreSQL has: a millisecond earlier the limit holds for both.
    return new TooManyCodes(this.findBlock({ issuedAt, now: new Date(now.getTime() - 1) })!);
  }

  /** What keeps another code from being sent now. */
  findBlock({ issuedAt, now }: Pick<CodeState, 'issuedAt' | 'now'>): Blocked | undefined {
    const { cooldownSeconds, perHour, perDay } = this.config.code;
    return findBlock(issuedAt, now, [
      { name: 'codes-cooldown', limit: 1, seconds: cooldownSeconds },
      { name: 'codes-per-hour', limit: perHour, seconds: 3_600 },
      { name: 'codes-per-day', limit: perDay, seconds: 86_400 },
    ]);
  }
}
