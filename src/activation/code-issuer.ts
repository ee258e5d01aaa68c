import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../config/config.js';
import { Database, type Queryable, type Transaction } from '../database/database.js';
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
   * A code and an owed mail for a registration. Its caller holds the address already, and pokes the dispatcher
   * when the transaction has committed.
   *
   * @returns the id of the mail; undefined when the caps on mails to this address forbid it
   */
  async issue(transaction: Transaction, userId: string, cooldownSeconds = 0): Promise<string | undefined> {
    const { ttlSeconds, perHour, perDay } = this.config.code;
    const code = { id: uuidv7(), keyId: this.maker.keyId, userId, ttlSeconds };
    if (!(await this.codes.issue(transaction, code, { cooldownSeconds, perHour, perDay }))) return undefined;
    return this.outbox.owe(transaction, { kind: ACTIVATION_CODE_MAIL, userId, subjectId: code.id });
  }

  /**
   * A new code for a pending account, no sooner than the cooldown allows.
   *
   * @param cooldownSeconds an operator's does not wait
   * @throws AlreadyActive, TooManyCodes
   */
  async reissue(userId: string, cooldownSeconds = this.config.code.cooldownSeconds): Promise<void> {
    const { ttlSeconds } = this.config.code;
    const mailId = await this.database.transaction(async (transaction) => {
      const held = await this.users.hold(transaction, userId, ttlSeconds);
      if (held === undefined) throw new AlreadyActive();
      const issued = await this.issue(transaction, userId, cooldownSeconds);
      if (issued === undefined) throw await this.refusal(userId, transaction);
      return issued;
    });
    this.dispatcher.poke(mailId);
  }

  /** @returns why no code may be sent to this person now */
  async refusal(userId: string, on: Queryable): Promise<TooManyCodes> {
    const state = await this.codes.findState(userId, on);
    const { cooldownSeconds } = this.config.code;
    const cooldown = { name: 'codes-cooldown', limit: 1, seconds: cooldownSeconds };
    return new TooManyCodes((state && this.findBlock(state)) ?? { quota: cooldown, seconds: 1 });
  }

  /** What keeps another code from being sent now. */
  findBlock({ issuedAt, now }: CodeState): Blocked | undefined {
    const { cooldownSeconds, perHour, perDay } = this.config.code;
    return findBlock(issuedAt, now, [
      { name: 'codes-cooldown', limit: 1, seconds: cooldownSeconds },
      { name: 'codes-per-hour', limit: perHour, seconds: 3_600 },
      { name: 'codes-per-day', limit: perDay, seconds: 86_400 },
    ]);
  }
}
