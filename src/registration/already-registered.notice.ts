import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { MailDispatcher } from '../mail/mail-dispatcher.js';
import { OutboxRepository } from '../mail/outbox.repository.js';
import { UsersRepository } from '../users/users.repository.js';
import { ALREADY_REGISTERED_MAIL } from './already-registered.mail.js';

/** One notice an hour is enough to know, and too little to annoy. */
const INTERVAL_SECONDS = 3_600;

/** Tells the owner of an active address that somebody tried to register it. Changes nothing of the account. */
@Injectable()
export class AlreadyRegisteredNotice {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly outbox: OutboxRepository,
    private readonly dispatcher: MailDispatcher,
  ) {}

  /** @param email canonical; nothing happens when it is not active */
  async oweToOwner(email: string): Promise<void> {
    const mailId = await this.database.transaction(async (transaction) => {
      // The lock makes those who come at once wait for each other: one of them owes the mail.
      const userId = await this.users.lockActive(transaction, email);
      if (userId === undefined) return undefined;
      const mail = { kind: ALREADY_REGISTERED_MAIL, userId, subjectId: userId };
      return this.outbox.oweUnlessRecent(transaction, mail, INTERVAL_SECONDS);
    });
    if (mailId !== undefined) this.dispatcher.enqueueSoon(mailId);
  }
}
