import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { OutboxRepository } from '../../src/mail/outbox.repository.js';
import { newEmail } from '../support/client.js';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { settings } from '../support/environment.js';

let database: TestDatabase;
let pool: Database;
let outbox: OutboxRepository;

beforeAll(async () => {
  database = await createDatabase();
  pool = new Database(settings({ DATABASE_URL: database.url }));
  outbox = new OutboxRepository(pool);
});

afterAll(async () => {
  await pool.onApplicationShutdown();
  await database.drop();
});

async function owe(): Promise<string> {
  const userId = randomUUID();
  await database.sql(
    `insert into users (id, email, password_hash, pending_until) values ($1, $2, '', now())`,
    [userId, newEmail()],
  );
  return pool.transaction((transaction) =>
    outbox.owe(transaction, { kind: 'test', userId, subjectId: randomUUID() }),
  );
}

/** Everything that waits for a moment has waited that much longer. */
async function age(id: string, seconds: number): Promise<void> {
  await database.sql(
    `update mails set trying_since = trying_since - s, due_at = due_at - s, lease_until = lease_until - s
     from make_interval(secs => $2) as s where id = $1`,
    [id, seconds],
  );
}

interface Row {
  state: string;
  attempts: number;
  leased: boolean;
  due_in: number;
  last_error: string | null;
}

async function read(id: string): Promise<Row> {
  const [row] = await database.sql<Row>(
    `select state, attempts, coalesce(lease_until > now(), false) as leased, last_error,
            extract(epoch from due_at - now())::float as due_in from mails where id = $1`,
    [id],
  );
  return row!;
}

describe('a claim', () => {
  it('is won by one of eight at once, in each of twenty rounds', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = await owe();
      const claims = await Promise.all(Array.from({ length: 8 }, () => outbox.claim(id)));
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    }
  });

  it('says what is owed, how often it was tried and how old it is', async () => {
    const id = await owe();
    await age(id, 100);
    expect(await outbox.claim(id)).toMatchObject({
      id,
      kind: 'test',
      userId: expect.any(String),
      subjectId: expect.any(String),
      attempts: 1,
      ageSeconds: expect.closeTo(100, 0),
    });
  });

  it('is a lease: whoever dies with it loses it, and the next one counts as another try', async () => {
    const id = await owe();
    await outbox.claim(id);
    await age(id, 29);
    expect(await outbox.claim(id)).toBeUndefined();
    await age(id, 2);
    expect(await outbox.claim(id)).toMatchObject({ attempts: 2 });
  });

  it('is refused for a mail that is sent, obsolete, dead or unknown', async () => {
    const [sent, obsolete, dead] = [await owe(), await owe(), await owe()];
    await outbox.markSent(sent);
    await outbox.markObsolete(obsolete);
    await outbox.markDead((await outbox.claim(dead))!, 'refused');
    const claims = [sent, obsolete, dead, randomUUID()].map((id) => outbox.claim(id));
    expect(await Promise.all(claims)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('a release', () => {
  it('counts the try when the server gave a verdict, and keeps its reason', async () => {
    const id = await owe();
    const claim = await outbox.claim(id);
    await outbox.release(claim!, { reason: 'greylisted', retryInSeconds: 15, counted: true });
    expect(await read(id)).toEqual({
      state: 'pending',
      attempts: 1,
      leased: false,
      due_in: expect.closeTo(45, 0),
      last_error: 'greylisted',
    });
  });

  it('does not count a try that never reached a server', async () => {
    const id = await owe();
    const claim = await outbox.claim(id);
    await outbox.release(claim!, { reason: 'refused connection', retryInSeconds: 3, counted: false });
    expect(await read(id)).toMatchObject({ attempts: 0, leased: false });
  });

  it('lets anybody claim the mail at once', async () => {
    const id = await owe();
    const claim = await outbox.claim(id);
    await outbox.release(claim!, { reason: 'later', retryInSeconds: 60, counted: true });
    expect(await outbox.claim(id)).toMatchObject({ attempts: 2 });
  });

  it('changes nothing of a mail that was sent meanwhile', async () => {
    const id = await owe();
    const claim = await outbox.claim(id);
    await outbox.markSent(id);
    await outbox.release(claim!, { reason: 'late', retryInSeconds: 1, counted: true });
    await outbox.markDead(claim!, 'late');
    await outbox.markObsolete(id);
    expect(await read(id)).toMatchObject({ state: 'sent', last_error: null });
  });
});

it('whose lease is over changes nothing of the mail that somebody else is sending', async () => {
  const id = await owe();
  const late = await outbox.claim(id);
  await age(id, 31);
  await outbox.claim(id);
  await outbox.release(late!, { reason: 'late', retryInSeconds: 1, counted: true });
  expect(await outbox.markDead(late!, 'late')).toBe(false);
  expect(await read(id)).toMatchObject({ state: 'pending', attempts: 2, leased: true, last_error: null });
});

describe('mails that the server takes at once', () => {
  it('are recorded by one statement, and what one of them has become meanwhile stays', async () => {
    const ids = [await owe(), await owe(), await owe()];
    const [, , dead] = ids;
    await outbox.markDead((await outbox.claim(dead!))!, 'refused');
    await Promise.all(ids.map((id) => outbox.markSent(id)));
    const rows = await database.sql(
      'select distinct state, sent_at from mails where id = any($1) order by state',
      [ids],
    );
    expect(rows).toMatchObject([{ state: 'dead' }, { state: 'sent' }]);
  });
});

describe('the relay takes what was forgotten', () => {
  it('and no two relays the same mail', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 40; count += 1) ids.push(await owe());
    for (const id of ids) await age(id, 10);
    const takes = await Promise.all(Array.from({ length: 8 }, () => outbox.takeOverdue(5)));
    const taken = takes.flat().filter((id) => ids.includes(id));
    expect(new Set(taken).size).toBe(taken.length);
    expect(takes.map(({ length }) => Math.max(length, 5))).toEqual(Array(8).fill(5));
  });

  it('but leaves the queue its time with a new mail, and the sender its lease', async () => {
    const [fresh, claimed] = [await owe(), await owe()];
    await age(claimed, 10);
    await outbox.claim(claimed);
    const taken = await outbox.takeOverdue(1_000);
    expect(taken).not.toContain(fresh);
    expect(taken).not.toContain(claimed);
  });

  it('and again, when nothing came of it', async () => {
    const id = await owe();
    await age(id, 10);
    expect(await outbox.takeOverdue(1_000)).toContain(id);
    expect(await outbox.takeOverdue(1_000)).not.toContain(id);
    await age(id, 31);
    expect(await outbox.takeOverdue(1_000)).toContain(id);
  });

  it('and all that nobody is sending, once the queue is suspected', async () => {
    const [waiting, retrying, sending, sent] = [await owe(), await owe(), await owe(), await owe()];
    const claim = await outbox.claim(retrying);
    await outbox.release(claim!, { reason: 'later', retryInSeconds: 3_600, counted: true });
    await outbox.claim(sending);
    await outbox.markSent(sent);
    while ((await outbox.suspect(2)) === 2);
    const taken = await outbox.takeOverdue(1_000);
    expect(taken).toEqual(expect.arrayContaining([waiting, retrying]));
    expect(taken).not.toContain(sending);
    expect(taken).not.toContain(sent);
  });
});
