import { Injectable } from '@nestjs/common';
import type { PageRequest } from '../common/page.js';
import { Database, type Queryable, type Transaction } from '../database/database.js';
import type { Account, User } from './user.js';

/** A user in a list. */
export interface ListedUser extends User {
  /** When it was registered, to the microsecond, for keyset pages. */
  moment: string;
}

const columns = `id, email, created_at as "createdAt", activated_at as "activatedAt"`;

/**
 * For statements about one user. Not `activated_at is null` alone, which is the condition of the index users__pending: while
 * its statistics are older than a burst of registrations the planner walks all of them there instead of asking the primary key.
 */
const STILL_PENDING = `(activated_at is null) is true`;

/** The `users` table: the address, and who holds it. */
@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** The account of a canonical address. */
  async findByEmail(email: string, on: Queryable = this.database): Promise<Account | undefined> {
    const [account] = await on.query<Account>(
      `select ${columns}, password_hash as "passwordHash" from users where email = $1`,
      [email],
    );
    return account;
  }

  async findById(id: string, on: Queryable = this.database): Promise<User | undefined> {
    const [user] = await on.query<User>(`select ${columns} from users where id = $1`, [id]);
    return user;
  }

  /** Newest first. */
  async list(
    filter: { email: string | undefined; status: 'pending' | 'active' | undefined },
    page: PageRequest,
  ): Promise<ListedUser[]> {
    return this.database.search<ListedUser>(
      `select ${columns}, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as moment from users
       where ($1::text is null or email = $1)
         and ($2::text is null or (activated_at is not null) = ($2 = 'active'))
         and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
       order by created_at desc, id desc limit $5`,
      [filter.email, filter.status, page.after?.moment, page.after?.id, page.limit],
    );
  }

  /** Erases a person with all that hangs on them. @returns false when there is none */
  async erase(id: string): Promise<boolean> {
    return (await this.database.query(`delete from users where id = $1 returning id`, [id])).length === 1;
  }

  /** Holds off other transactions about an active account; nothing of it changes. @returns its id */
  async lockActive(transaction: Transaction, email: string): Promise<string | undefined> {
    const [row] = await transaction.query<{ id: string }>(
      `select id from users where email = $1 and activated_at is not null for update`,
      [email],
    );
    return row?.id;
  }

  /**
   * Gives the address to a new registration: a new row, or the row of a pending one whose code has run out.
   * Decided on the locked row, so of any number at once one wins. A take-over is another person's registration: the
   * row gets the new id, and what hangs on it follows.
   *
   * @returns undefined when somebody holds the address; then there is nobody with that id
   */
  async insertOrTakeOver(
    transaction: Transaction,
    user: { id: string; email: string; passwordHash: string; holdSeconds: number },
  ): Promise<User | undefined> {
    const [row] = await transaction.query<User>(
      `insert into users (id, email, password_hash, pending_until)
       values ($1, $2, $3, now() + make_interval(secs => $4))
       on conflict on constraint users__email do update
         set id = excluded.id, password_hash = excluded.password_hash, created_at = now(),
             pending_until = excluded.pending_until
         where users.activated_at is null and users.pending_until <= now()
       returning ${columns}`,
      [user.id, user.email, user.passwordHash, user.holdSeconds],
    );
    return row;
  }

  /** @returns seconds until a pending registration gives the address back, null for an active account */
  async secondsHeld(email: string): Promise<number | null> {
    const [row] = await this.database.query<{ seconds: number | null }>(
      `select case when activated_at is null then extract(epoch from pending_until - now())::float end as seconds
       from users where email = $1`,
      [email],
    );
    return row?.seconds ?? null;
  }

  /**
   * A new code holds the address for its life. First statement of every transaction that touches a code:
   * users before activation_codes is the one order of locks.
   *
   * @returns the stored address, undefined when the account is active or gone
   */
  async hold(transaction: Transaction, userId: string, seconds: number): Promise<string | undefined> {
    const [row] = await transaction.query<{ email: string }>(
      `update users set pending_until = now() + make_interval(secs => $2)
       where id = $1 and ${STILL_PENDING} returning email`,
      [userId, seconds],
    );
    return row?.email;
  }

  /** The same for a code that is mailed again, unless it was used or replaced meanwhile: that one's life is another. */
  async holdForCode(
    transaction: Transaction,
    { userId, codeId }: { userId: string; codeId: string },
    seconds: number,
  ): Promise<string | undefined> {
    const [row] = await transaction.query<{ email: string }>(
      `update users set pending_until = now() + make_interval(secs => $2)
       where id = $1 and ${STILL_PENDING} and exists (select from activation_codes where id = $3 and used_at is null)
       returning email`,
      [userId, seconds, codeId],
    );
    return row?.email;
  }

  /** Another hash of the same password. By the id, which a take-over changes. */
  async replaceHash(userId: string, passwordHash: string): Promise<void> {
    await this.database.query(`update users set password_hash = $2 where id = $1`, [userId, passwordHash]);
  }

  /**
   * @param userId of the account whose password was checked: a take-over in between has made it nobody's
   * @returns undefined when the account is active already, or gone
   */
  async activate(transaction: Transaction, userId: string): Promise<Date | undefined> {
    const [row] = await transaction.query<{ activatedAt: Date }>(
      `update users set activated_at = now()
       where id = $1 and ${STILL_PENDING}
       returning activated_at as "activatedAt"`,
      [userId],
    );
    return row?.activatedAt;
  }

  /**
   * Erases registrations that were never activated, with all that hangs on them. Whoever tried a code within the last
   * day, or was sent more than one, stays that long: erasing the row would give back the day's budgets. So does
   * whoever is still owed a mail, and for as long as that again who was given up, so that it can be sent again.
   *
   * @returns how many
   */
  async erasePending(transaction: Transaction, ageHours: number, limit: number): Promise<number> {
    const rows = await transaction.query(
      `delete from users where id in (
         select id from users
         where activated_at is null and pending_until < now() and created_at < now() - make_interval(hours => $1)
           and not exists (
             select from activation_codes
             where user_id = users.id and (
               cardinality(within(attempted_at, '24 hours')) > 0 or cardinality(within(issued_at, '24 hours')) > 1))
           and not exists (
             select from mails
             where user_id = users.id and state in ('pending', 'dead')
               and (dead_at is null or dead_at > now() - make_interval(hours => $1)))
         order by created_at limit $2 for update skip locked)
       returning id`,
      [ageHours, limit],
    );
    return rows.length;
  }
}
