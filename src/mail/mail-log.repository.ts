import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { PageRequest } from '../common/page.js';

/** What became of a mail, as an operator sees it. */
export interface MailRecord {
  id: string;
  kind: string;
  to: string;
  state: 'pending' | 'sent' | 'dead' | 'obsolete';
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  sentAt: Date | null;
  deadAt: Date | null;
  /** The moment to the microsecond, for keyset pages. */
  moment: string;
}

const columns = `mails.id, mails.kind, users.email as "to", mails.state, mails.attempts,
  mails.last_error as "lastError", mails.created_at as "createdAt", mails.sent_at as "sentAt",
  mails.dead_at as "deadAt",
  to_char(mails.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as moment`;

/** Reads the `mails` table for operators. Writes are OutboxRepository's. */
@Injectable()
export class MailLogRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async list(state: MailRecord['state'] | undefined, page: PageRequest): Promise<MailRecord[]> {
    return this.database.search<MailRecord>(
      `select ${columns} from mails join users on users.id = mails.user_id
       where ($1::text is null or mails.state = $1)
         and ($2::timestamptz is null or (mails.created_at, mails.id) < ($2, $3::uuid))
       order by mails.created_at desc, mails.id desc limit $4`,
      [state, page.after?.moment, page.after?.id, page.limit],
    );
  }

  /** All mails of one person, newest first. */
  async ofUser(userId: string): Promise<MailRecord[]> {
    return this.database.query<MailRecord>(
      `select ${columns} from mails join users on users.id = mails.user_id
       where mails.user_id = $1 order by mails.created_at desc, mails.id desc`,
      [userId],
    );
  }

  async find(id: string): Promise<MailRecord | undefined> {
    const [mail] = await this.database.query<MailRecord>(
      `select ${columns} from mails join users on users.id = mails.user_id where mails.id = $1`,
      [id],
    );
    return mail;
  }
}
