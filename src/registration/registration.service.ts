import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { TooManyCodes } from '../activation/activation.errors.js';
import { CodeIssuer } from '../activation/code-issuer.js';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { MailDispatcher } from '../mail/mail-dispatcher.js';
import { Metrics } from '../metrics/metrics.js';
import { PasswordHasher } from '../users/password-hasher.js';
import type { User } from '../users/user.js';
import { UsersRepository } from '../users/users.repository.js';
import { AlreadyRegisteredNotice } from './already-registered.notice.js';
import { EmailAlreadyRegistered } from './registration.errors.js';

/**
 * Several times what the writes of a registration take, milliseconds: they hide behind it, whichever they are.
 */
const CONCEALED_WRITE_MS = 50;

/** Makes a pending account, and owes its owner a mail. */
@Injectable()
export class RegistrationService {
  private readonly logger = new Logger('Registration');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly hasher: PasswordHasher,
    private readonly codes: CodeIssuer,
    private readonly dispatcher: MailDispatcher,
    private readonly notices: AlreadyRegisteredNotice,
    private readonly metrics: Metrics,
  ) {}

  /**
   * User, code and owed mail are written in one transaction; when this returns, the mail will arrive.
   *
   * @param email canonical
   * @param password acceptable to the policy
   * @throws EmailAlreadyRegistered, TooManyCodes, Overloaded, TemporarilyUnavailable
   */
  async register(email: string, password: string): Promise<User> {
    const passwordHash = await this.hasher.hash(password);
    return this.store(email, passwordHash);
  }

  /**
   * Registers without telling whether the address was new, pending or active: the same answer after the same
   * time. The owner of an active address gets a notice.
   *
   * @throws Overloaded, TemporarilyUnavailable
   */
  async registerConcealed(email: string, password: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password);
    const sameTime = delay(CONCEALED_WRITE_MS);
    try {
      await this.store(email, passwordHash);
    } catch (error) {
      if (error instanceof EmailAlreadyRegistered) await this.notices.oweToOwner(email);
      else if (!(error instanceof TooManyCodes)) throw error;
    }
    await sameTime;
  }

  private async store(email: string, passwordHash: string): Promise<User> {
    const holdSeconds = this.config.code.ttlSeconds;
    const registered = await this.database.transaction(async (transaction) => {
      const registrant = { id: uuidv7(), email, passwordHash, holdSeconds };
      // Together, in one round trip: where the address is held there is nobody for a code and a mail.
      const [user, mailId] = await Promise.all([
        this.users.insertOrTakeOver(transaction, registrant),
        this.codes.issue(transaction, registrant.id),
      ]);
      if (user === undefined) return undefined;
      if (mailId === undefined) throw await this.codes.refusal(user.id, transaction);
      return { user, mailId };
    });
    if (registered === undefined) {
      this.metrics.registrations.inc({ result: 'taken' });
      throw new EmailAlreadyRegistered(await this.users.secondsHeld(email));
    }
    this.dispatcher.enqueueSoon(registered.mailId);
    this.metrics.registrations.inc({ result: 'accepted' });
    this.logger.log({ event: 'registration.accepted', user_id: registered.user.id });
    return registered.user;
  }
}
