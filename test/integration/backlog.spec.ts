// The planner's statistics are older than any burst, and prepared statements keep the plans that were made of them.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { OutboxRepository } from '../../src/mail/outbox.repository.js';
import { UsersRepository } from '../../src/users/users.repository.js';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { settings } from '../support/environment.js';
import { eventually } from '../support/eventually.js';

const BACKLOG = 5_000;

let database: TestDatabase;

/** 10,000 users who are active and have their mail, then statistics, then so many who are not and have not. */
beforeEach(async () => {
  database = await createDatabase();
  const people = (how: string, count: number) =>
    database.sql(
      `with person as (
         insert into users (id, email, password_hash, pending_until, created_at, activated_at)
         select gen_random_uuid(), $1 || n || '@example.com', '', now(), now() - n * interval '1 ms',
                case $1 when 'active' then now() end
         from generate_series(1, $2::int) as n returning *)
       insert into mails (id, kind, user_id, subject_id, created_at, state, sent_at, due_at)
       select gen_random_uuid(), 'test', id, gen_random_uuid(), created_at,
              case when activated_at is null then 'pending' else 'sent' end, activated_at,
              case when activated_at is null then now() end
       from person`,
      [how, count],
    );
  for (const table of ['users', 'mails'])
    await database.sql(`alter table ${table} set (autovacuum_enabled = false)`);
  await people('active', 10_000);
  for (const table of ['users', 'mails']) await database.sql(`vacuum analyze ${table}`);
  await people('pending', BACKLOG);
});

afterEach(async () => {
  await database.drop();
});

/** How often an index was searched, and how many of its entries were read. */
async function useOf(index: string): Promise<{ scans: number; entries: number }> {
  const [use] = await database.sql<{ scans: number; entries: number }>(
    `select idx_scan::int as scans, idx_tup_read::int as entries from pg_stat_user_indexes where indexrelname = $1`,
    [index],
  );
  return use!;
}

/**
 * Runs statements in a session of their own and waits until each has searched in the primary index.
 *
 * @returns how many entries of the other one they read
 */
async function entriesRead(
  [primary, other]: [string, string],
  statements: ((on: Database) => Promise<unknown>)[],
): Promise<number> {
  const before = [await useOf(primary), await useOf(other)] as const;
  const own = new Database(settings({ DATABASE_URL: database.url, DATABASE_POOL_MAX: '1' }));
  for (const statement of statements) await statement(own);
  // PostgreSQL counts at the end of a session, if not sooner.
  await own.onApplicationShutdown();
  await eventually(async () => (await useOf(primary)).scans >= before[0].scans + statements.length, {
    what: `${statements.length} searches in ${primary}`,
  });
  return (await useOf(other)).entries - before[1].entries;
}

it('a statement about one mail does not walk all that are owed', async () => {
  const rows = await database.sql<{ id: string }>(`select id from mails where state = 'pending' limit 5`);
  const [claimed, released, sent, dead, obsolete] = rows.map(({ id }) => id) as [string, ...string[]];
  const outcome = { reason: '', retryInSeconds: 1, counted: true };
  const entries = await entriesRead(
    ['mails__pkey', 'mails__state_created_at'],
    [
      (on) => new OutboxRepository(on).claim(claimed),
      (on) => new OutboxRepository(on).release({ id: released!, attempts: 0 }, outcome),
      (on) => new OutboxRepository(on).markSent(sent!),
      (on) => new OutboxRepository(on).markDead({ id: dead!, attempts: 0 }, ''),
      (on) => new OutboxRepository(on).markObsolete(obsolete!),
    ],
  );
  expect(entries).toBeLessThan(BACKLOG / 5);
});

it('the search for mails that have had their time does not walk those that have not', async () => {
  const shift = (days: number) =>
    database.sql(
      `update mails set created_at = created_at + make_interval(days => $1::int) where state = 'sent'`,
      [days],
    );
  // Statistics from before an upkeep, which say that most have had their time.
  await shift(-40);
  await database.sql('analyze mails');
  await shift(40);
  await database.sql('vacuum mails');
  const before = await useOf('mails__created_at');
  const own = new Database(settings({ DATABASE_URL: database.url, DATABASE_POOL_MAX: '1' }));
  const age = { settledDays: 30, deadDays: 90 };
  const erased = await own.transaction((transaction) =>
    new OutboxRepository(own).eraseSettled(transaction, age, 1_000),
  );
  await own.onApplicationShutdown();
  expect(erased).toBe(0);
  await eventually(async () => (await useOf('mails__created_at')).scans > before.scans);
  expect((await useOf('mails__created_at')).entries - before.entries).toBeLessThan(100);
});

it('a statement about one user does not walk all who are pending', async () => {
  const rows = await database.sql<{ id: string }>(`select id from users where activated_at is null limit 2`);
  const [held, activated] = rows.map(({ id }) => id) as [string, string];
  const entries = await entriesRead(
    ['users__pkey', 'users__pending'],
    [
      (on) => on.transaction((transaction) => new UsersRepository(on).hold(transaction, held, 600)),
      (on) => on.transaction((transaction) => new UsersRepository(on).activate(transaction, activated)),
      (on) => on.transaction((transaction) => new UsersRepository(on).hold(transaction, randomUUID(), 600)),
    ],
  );
  expect(entries).toBeLessThan(BACKLOG / 5);
});
