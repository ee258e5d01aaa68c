import { Injectable } from '@nestjs/common';
import { Database, type Queryable, type Transaction } from '../database/database.js';
import type { CodeReference } from './code-maker.js';

/** A code after an attempt was counted on it. */
export interface CountedAttempt extends CodeReference {
  attempts: number;
  attemptsToday: number;
}

/** What is needed to explain why something is not allowed. */
export interface CodeState {
  now: Date;
  expired: boolean;
  attempts: number;
  /** Moments of the last day, oldest first. */
  issuedAt: Date[];
  attemptedAt: Date[];
}

/** Limits on new codes for one address. */
export interface IssueLimits {
  cooldownSeconds: number;
  perHour: number;
  perDay: number;
}

/** The `activation_codes` table: the newest code of each person and the budgets around it. */
@Injectable()
export class ActivationRepository {
  constructor(private readonly database: Database) {}

  /**
   * Replaces the person's code by a new one within the limits. Counts of the day stay.
   *
   * @returns false when a limit forbids it, or there is no such person
   */
  async issue(
    transaction: Transaction,
    code: CodeReference & { userId: string; ttlSeconds: number },
    limits: IssueLimits,
  ): Promise<boolean> {
    const rows = await transaction.query(
      `insert into activation_codes (id, user_id, key_id, expires_at, issued_at)
       select $1::uuid, id, $3, now() + make_interval(secs => $4), array[now()] from users where id = $2
       on conflict on constraint activation_codes__user_id do update
         set id = excluded.id, key_id = excluded.key_id, created_at = now(), expires_at = excluded.expires_at,
             used_at = null, attempts = 0,
             issued_at = within(activation_codes.issued_at, '24 hours') || now()
         where cardinality(within(activation_codes.issued_at, make_interval(secs => $5))) = 0
           and cardinality(within(activation_codes.issued_at, '1 hour')) < $6
           and cardinality(within(activation_codes.issued_at, '24 hours')) < $7
       returning id`,
      [
        code.id,
        code.userId,
        code.keyId,
        code.ttlSeconds,
        limits.cooldownSeconds,
        limits.perHour,
        limits.perDay,
      ],
    );
    return rows.length === 1;
  }

  /**
   * Starts the life of a code anew, at the moment its mail is handed over, if it is still the wanted one.
   *
   * @returns false when it was used or replaced
   */
  async renew(transaction: Transaction, code: CodeReference, ttlSeconds: number): Promise<boolean> {
    const rows = await transaction.query(
      `update activation_codes set expires_at = now() + make_interval(secs => $3), key_id = $2
       where id = $1 and used_at is null returning id`,
      [code.id, code.keyId, ttlSeconds],
    );
    return rows.length === 1;
  }

  /**
   * Counts one try, in a statement of its own that is committed before anything is compared: however many come
   * at once, no more than the limits are ever evaluated.
   *
   * @returns undefined when there is no live code or a limit is reached; nothing is counted then
   */
  async countAttempt(
    userId: string,
    limits: { perCode: number; perDay: number },
  ): Promise<CountedAttempt | undefined> {
    const [row] = await this.database.query<CountedAttempt>(
      `update activation_codes
       set attempts = attempts + 1, attempted_at = within(attempted_at, '24 hours') || now()
       where user_id = $1 and used_at is null and expires_at > now()
         and attempts < $2 and cardinality(within(attempted_at, '24 hours')) < $3
       returning id, key_id as "keyId", attempts, cardinality(attempted_at) as "attemptsToday"`,
      [userId, limits.perCode, limits.perDay],
    );
    return row;
  }

  /** @returns false when the code was used, replaced or ran out meanwhile */
  async use(transaction: Transaction, codeId: string): Promise<boolean> {
    const rows = await transaction.query(
      `update activation_codes set used_at = now()
       where id = $1 and used_at is null and expires_at > now() returning id`,
      [codeId],
    );
    return rows.length === 1;
  }

  /** How things stand, to explain a refusal. Never to decide: that is done by the guards above. */
  async findState(userId: string, on: Queryable = this.database): Promise<CodeState | undefined> {
    const [row] = await on.query<CodeState>(
      `select now() as now, expires_at <= now() as expired, attempts,
              within(issued_at, '24 hours') as "issuedAt", within(attempted_at, '24 hours') as "attemptedAt"
       from activation_codes where user_id = $1`,
      [userId],
    );
    return row;
  }

  /** Erases codes that did their work. @returns how many */
  async eraseUsed(transaction: Transaction, ageDays: number, limit: number): Promise<number> {
    const rows = await transaction.query(
      `delete from activation_codes where id in (
         select id from activation_codes where used_at < now() - make_interval(days => $1)
         order by used_at limit $2 for update skip locked)
       returning id`,
      [ageDays, limit],
    );
    return rows.length;
  }
}
