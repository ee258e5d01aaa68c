import { Injectable, Logger } from '@nestjs/common';
import { CodeIssuer } from '../activation/code-issuer.js';
import { DomainError } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import { DeadLetters } from '../mail/dead-letters.js';
import { type MailRecord, MailLogRepository } from '../mail/mail-log.repository.js';
import type { User } from '../users/user.js';
import { UsersRepository } from '../users/users.repository.js';

class NoSuchThing extends DomainError {
  constructor(what: 'user' | 'mail') {
    super('not-found', `There is no such ${what}.`);
  }
}

class MailNotDead extends DomainError {
  constructor() {
    super('mail-not-dead', 'This mail is not a dead letter.');
  }
}

/** What an operator does. Each act leaves a line in the audit log. */
@Injectable()
export class AdminService {
  private readonly audit = new Logger('Audit');

  constructor(
    private readonly config: Config,
    private readonly users: UsersRepository,
    private readonly mails: MailLogRepository,
    private readonly deadLetters: DeadLetters,
    private readonly codes: CodeIssuer,
  ) {}

  /** @throws DomainError not-found */
  async look(userId: string): Promise<{ user: User; mails: MailRecord[] }> {
    const user = await this.users.findById(userId);
    if (user === undefined) throw new NoSuchThing('user');
    const mails = await this.mails.ofUser(userId);
    this.log('user_viewed', { user_id: userId });
    return { user, mails };
  }

  /**
   * Everything of that person: account, codes, mails.
   *
   * @throws DomainError not-found
   */
  async erase(userId: string): Promise<void> {
    const mails = await this.mails.ofUser(userId);
    if (!(await this.users.erase(userId))) throw new NoSuchThing('user');
    this.deadLetters.hide(mails.filter(({ state }) => state === 'dead').map(({ id }) => id));
    this.log('user_erased', { user_id: userId });
  }

  /**
   * Mails a new code at once; the caps on mails to an address hold all the same.
   *
   * @throws DomainError not-found, AlreadyActive, TooManyCodes
   */
  async mailNewCode(userId: string): Promise<void> {
    if ((await this.codes.reissue(userId, 0)) === undefined) throw new NoSuchThing('user');
    this.log('code_mailed', { user_id: userId });
  }

  /** @throws DomainError not-found, mail-not-dead */
  async replay(mailId: string): Promise<void> {
    if (!(await this.deadLetters.replay(mailId))) {
      throw (await this.mails.find(mailId)) === undefined ? new NoSuchThing('mail') : new MailNotDead();
    }
    this.log('mail_replayed', { mail_id: mailId });
  }

  /** @returns how many */
  async replayAll(): Promise<number> {
    let count = 0;
    try {
      for await (const some of this.deadLetters.replayAll()) count += some;
    } finally {
      // Whatever stops it, those before are on their way.
      this.log('mails_replayed', { count });
    }
    return count;
  }

  /** A list was read. */
  logListing(what: 'users' | 'mails'): void {
    this.log(`${what}_listed`, {});
  }

  private log(act: string, fields: Record<string, unknown>): void {
    this.audit.log({ event: `admin.${act}`, operator: this.config.admin?.username, ...fields });
  }
}
