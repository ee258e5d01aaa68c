import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Batcher } from '../common/batcher.js';
import { requestContext } from '../common/request-context.js';
import { traceParent } from '../common/tracing.js';
import { Database, type Transaction } from '../database/database.js';

/** A mail that somebody is owed. */
export interface OwedMail {
  id: string;
  kind: string;
  userId: string;
  /** What the mail is about, for its composer. */
  subjectId: string;
  /** The request that caused it. */
  requestId: string | null;
  /** The trace of that request, for the one who sends the mail to go on with. */
  traceParent: string | null;
  /** How often sending was started, this time included. */
  attempts: number;
  /** Seconds since it was owed, or replayed. */
  ageSeconds: number;
}

/** One taking of a mail: when its lease is over, somebody else's is another one. */
export type Claim = Pick<OwedMail, 'id' | 'attempts'>;

/** How long one sender holds a mail, seconds: longer than the deadline of a send (Mailer). */
const LEASE_SECONDS = 30;

/** How long the queue may take before the relay looks after a mail that was owed or queued, seconds. */
const GRACE_SECONDS = 3;
const REQUEUE_SECONDS = 30;

/**
 * For statements about mails that are named. Not `state = 'pending'` alone, which is a condition on mails__state_created_at:
 * while its statistics are older than a backlog the planner walks all of that there instead of asking the primary key.
 */
const STILL_PENDING = `(state = 'pending') is true`;

/** No lease, or one whose holder is gone. */
const NOBODY_SENDS = `(lease_until is null or lease_until < now())`;

/** The `mails` table: what is owed, and the truth about what became of it. */
@Injectable()
export class OutboxRepository {
  private readonly sent = new Batcher<string>((ids) => this.markAllSent(ids));

  constructor(private readonly database: Database) {}

  /** Writes the debt with the change that causes it, unless there is no such person. @returns the id of the mail */
  async owe(
    transaction: Transaction,
    mail: { kind: string; userId: string; subjectId: string },
  ): Promise<string> {
    const id = uuidv7();
    await transaction.query(
      `insert into mails (id, kind, user_id, subject_id, request_id, trace_parent, due_at)
       select $1::uuid, $2, id, $4::uuid, $5, $6, now() + make_interval(secs => $7) from users where id = $3`,
      [
        id,
        mail.kind,
        mail.userId,
        mail.subjectId,
        requestContext.getStore()?.requestId,
        traceParent(),
        GRACE_SECONDS,
      ],
    );
    return id;
  }

  /** The same, unless the person was owed one of that kind lately. @returns the id of the mail, if there is one */
  async oweUnlessRecent(
    transaction: Transaction,
    mail: { kind: string; userId: string; subjectId: string },
    withinSeconds: number,
  ): Promise<string | undefined> {
    const recent = await transaction.query(
      `select from mails where user_id = $1 and kind = $2 and created_at > now() - make_interval(secs => $3) limit 1`,
      [mail.userId, mail.kind, withinSeconds],
    );
    return recent.length > 0 ? undefined : this.owe(transaction, mail);
  }

  /**
   * Takes a mail for sending, for the length of a lease: a job delivered twice sends once. No indexed column is written,
   * so PostgreSQL leaves the five indexes alone where the page has room.
   *
   * @returns undefined when it is not owed any more, or somebody else is sending it
   */
  async claim(id: string): Promise<OwedMail | undefined> {
    const [mail] = await this.database.query<OwedMail>(
      `update mails set attempts = attempts + 1, lease_until = now() + make_interval(secs => $2)
       where id = $1 and ${STILL_PENDING} and ${NOBODY_SENDS}
       returning id, kind, user_id as "userId", subject_id as "subjectId", request_id as "requestId",
                 trace_parent as "traceParent", attempts,
                 extract(epoch from now() - trying_since)::float as "ageSeconds"`,
      [id, LEASE_SECONDS],
    );
    return mail;
  }

  /** The SMTP server has taken the mail. It is recorded together with those that were taken meanwhile. */
  markSent(id: string): Promise<void> {
    return this.sent.add(id);
  }

  private async markAllSent(ids: string[]): Promise<void> {
    await this.database.query(
      `update mails set state = 'sent', sent_at = now(), lease_until = null, due_at = null, last_error = null
       where id = any($1) and ${STILL_PENDING}`,
      [ids],
    );
  }

  /** Nobody wants the mail any more. */
  async markObsolete(id: string): Promise<void> {
    await this.database.query(
      `update mails set state = 'obsolete', lease_until = null, due_at = null where id = $1 and ${STILL_PENDING}`,
      [id],
    );
  }

  /**
   * Gives the mail back after a failure, unless somebody else has it by now. The queue retries it; the relay looks after
   * it somewhat later.
   *
   * @param outcome `counted`: whether the server got as far as a verdict on this mail
   */
  async release(
    { id, attempts }: Claim,
    outcome: { reason: string; retryInSeconds: number; counted: boolean },
  ): Promise<void> {
    await this.database.query(
      `update mails
       set lease_until = null, last_error = $2, due_at = now() + make_interval(secs => $3),
           attempts = attempts - case when $4 then 0 else 1 end
       where id = $1 and attempts = $5 and ${STILL_PENDING}`,
      [id, outcome.reason, outcome.retryInSeconds + REQUEUE_SECONDS, outcome.counted, attempts],
    );
  }

  /**
   * Gives up: a dead letter, with its reason, until an operator replays it.
   *
   * @returns false when somebody else has the mail by now; true also for who asks again and was not told
   */
  async markDead({ id, attempts }: Claim, reason: string): Promise<boolean> {
    const rows = await this.database.query(
      `update mails set state = 'dead', dead_at = now(), lease_until = null, due_at = null, last_error = $2
       where id = $1 and attempts = $3 and (state in ('pending', 'dead')) is true
       returning id`,
      [id, reason, attempts],
    );
    return rows.length === 1;
  }

  /** Dead letters, or one of them, are owed again as if for the first time. @returns their ids */
  async revive({ id, limit }: { id?: string; limit: number }): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `update mails set state = 'pending', dead_at = null, attempts = 0, trying_since = now(), due_at = now()
       where id in (
         select id from mails where state = 'dead' and ($1::uuid is null or id = $1)
         order by created_at limit $2 for update skip locked)
       returning id`,
      [id, limit],
    );
    return rows.map((row) => row.id);
  }

  /** @returns those of the ids that are dead letters */
  async findDead(ids: string[]): Promise<Set<string>> {
    const rows = await this.database.query<{ id: string }>(
      `select id from mails where id = any($1) and state = 'dead'`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Mails that are owed and that the queue seems to have forgotten. Each is handed to one relay only, and comes
   * up again if nothing happens to it.
   */
  async takeOverdue(limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `update mails set due_at = now() + make_interval(secs => $2)
       where id in (
         select id from mails where state = 'pending' and due_at < now() and ${NOBODY_SENDS}
         order by due_at limit $1 for update skip locked)
       returning id`,
      [limit, REQUEUE_SECONDS],
    );
    return rows.map(({ id }) => id);
  }

  /** The queue did not take them: they come up again as soon as new ones. */
  async putBack(ids: string[]): Promise<void> {
    await this.database.query(
      `update mails set due_at = now() + make_interval(secs => $2) where id = any($1) and ${STILL_PENDING}`,
      [ids, GRACE_SECONDS],
    );
  }

  /** What the service owes, for the people on call. A replayed dead letter is as old as its replay. */
  async backlog(): Promise<{ owed: number; dead: number; oldestSeconds: number }> {
    const [row] = await this.database.query<{ owed: number; dead: number; oldestSeconds: number }>(
      `select count(*) filter (where state = 'pending')::int as owed,
              count(*) filter (where state = 'dead')::int as dead,
              coalesce(extract(epoch from now() - min(trying_since) filter (where state = 'pending')), 0)::float
                as "oldestSeconds"
       from mails where state in ('pending', 'dead')`,
    );
    return row!;
  }

  /** The queue may have lost them: owed mails that nobody is sending are due now. @returns how many, `limit` at most */
  async suspect(limit: number): Promise<number> {
    const rows = await this.database.query(
      `update mails set due_at = now()
       where id in (
         select id from mails where state = 'pending' and due_at > now() and ${NOBODY_SENDS}
         order by due_at limit $1 for update skip locked)
       returning id`,
      [limit],
    );
    return rows.length;
  }

  /**
   * Erases what was settled so long ago: sent and obsolete mails, and dead letters nobody replayed. The first condition is
   * there for the index.
   *
   * @returns how many
   */
  async eraseSettled(
    transaction: Transaction,
    age: { settledDays: number; deadDays: number },
    limit: number,
  ): Promise<number> {
    const rows = await transaction.query(
      `delete from mails where id in (
         select id from mails
         where created_at < now() - make_interval(days => least($1::int, $2::int)) and state <> 'pending'
           and coalesce(sent_at, dead_at, created_at)
               < now() - make_interval(days => case state when 'dead' then $2 else $1 end)
         order by created_at limit $3 for update skip locked)
       returning id`,
      [age.settledDays, age.deadDays, limit],
    );
    return rows.length;
  }
}
