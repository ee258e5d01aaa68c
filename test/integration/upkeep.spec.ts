import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UpkeepService } from '../../src/upkeep/upkeep.service.js';
import { newEmail, register } from '../support/client.js';
import { useCleanup } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { logLines } from '../support/log.js';
import { becomes } from '../support/mails.js';
import { newActivePerson, newPerson } from '../support/person.js';
import { type Replica, type Service, codeFor, startReplica, startService } from '../support/service.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let service: Service;
let worker: Replica;
let leftByAnApi: boolean;

const startWorker = (overrides: NodeJS.ProcessEnv = {}) =>
  startReplica({ ...service.variables, ROLE: 'worker', ...overrides });

/** The tests begin when the round with which a worker begins has ended: one replica at a time erases. */
beforeAll(async () => {
  service = await startService({ ROLE: 'api' });
  const email = await seedUser({ age: DAY + MINUTE });
  const mail = await seedMail('sent', 31 * DAY);
  await (await startReplica(service.variables)).stop();
  leftByAnApi = await exists(email);
  worker = await startWorker();
  await eventually(async () => !(await exists(email)) && !(await isKept(mail)), {
    what: 'the first round of a worker',
  });
});

afterAll(async () => {
  await worker.stop();
  await service.stop();
});

const cleanUp = useCleanup();

/** One round, as it runs every ten minutes. */
const upkeep = (replica: Replica = worker) => replica.app.get(UpkeepService, { strict: false }).run();

/** What the rounds since `mark` said they erased, together. */
const logged = (mark: number) =>
  logLines(({ event }) => event === 'upkeep.erased')
    .slice(mark)
    .map(({ pending_users, codes, mails }) => ({ pending_users, codes, mails }));

const mark = () => logLines(({ event }) => event === 'upkeep.erased').length;

/** A person straight in the tables, of that age and with that past, seconds. */
async function seedUser(past: {
  age: number;
  active?: boolean;
  codeLife?: number;
  triedAgo?: number;
  usedAgo?: number;
  codesAgo?: number[];
}): Promise<string> {
  const email = newEmail();
  const { age, active = false, codeLife = -1, triedAgo = null, usedAgo = null, codesAgo = [0] } = past;
  await service.database.sql(
    `with person as (
       insert into users (id, email, password_hash, created_at, activated_at, pending_until)
       values (gen_random_uuid(), $1, '', now() - make_interval(secs => $2),
               case when $3 then now() - make_interval(secs => $2) end, now() + make_interval(secs => $4))
       returning id)
     insert into activation_codes (id, user_id, key_id, expires_at, used_at, issued_at, attempted_at)
     select gen_random_uuid(), id, 'k', now(), now() - make_interval(secs => $6),
            array(select now() - make_interval(secs => ago) from unnest($7::float[]) as ago),
            case when $5::float is null then '{}' else array[now() - make_interval(secs => $5)] end from person`,
    [email, age, active, codeLife, triedAgo, usedAgo, codesAgo],
  );
  return email;
}

async function exists(email: string): Promise<boolean> {
  const rows = await service.database.sql(`select from users where email = $1`, [email]);
  return rows.length === 1;
}

async function isKept(mailId: string): Promise<boolean> {
  const rows = await service.database.sql(`select from mails where id = $1`, [mailId]);
  return rows.length === 1;
}

async function seedMail(state: string, age: number, to?: string, settledAgo = age): Promise<string> {
  const email = to ?? (await seedUser({ age: 0, active: true }));
  const [mail] = await service.database.sql<{ id: string }>(
    `insert into mails (id, kind, user_id, subject_id, state, due_at, created_at, sent_at, dead_at, lease_until)
     select gen_random_uuid(), 'test', id, id, $2, now() + interval '1 hour', now() - make_interval(secs => $3),
            case when $2 = 'sent' then now() - make_interval(secs => $4) end,
            case when $2 = 'dead' then now() - make_interval(secs => $4) end, now() + interval '1 hour'
     from users where email = $1 returning id`,
    [email, state, age, settledAgo],
  );
  return mail!.id;
}

it('a worker begins with a round, and an api has none', () => {
  expect(leftByAnApi).toBe(true);
});

describe('a registration that was never activated', () => {
  it.each([
    ['is erased after 24 hours', { age: DAY + MINUTE }, false],
    ['stays until then', { age: DAY - MINUTE }, true],
    ['stays while its newest code lives', { age: 3 * DAY, codeLife: MINUTE }, true],
    ['is erased when that has run out', { age: 3 * DAY, codeLife: -1 }, false],
    [
      'stays for a day after a try, which counts for the budget',
      { age: 3 * DAY, triedAgo: DAY - MINUTE },
      true,
    ],
    [
      'stays while two of its codes are of the last day: else an address could be sent more than its ten',
      { age: 3 * DAY, codesAgo: [DAY - MINUTE, HOUR] },
      true,
    ],
    ['is erased when one is older', { age: 3 * DAY, codesAgo: [DAY + MINUTE, HOUR] }, false],
    ['is erased a day after the last try', { age: 3 * DAY, triedAgo: DAY + MINUTE }, false],
    ['stays for ever once it is active', { age: 900 * DAY, active: true }, true],
  ])('%s', async (_, past, stays) => {
    const email = await seedUser(past);
    await upkeep();
    expect(await exists(email)).toBe(stays);
  });

  it('is erased after as many hours as the setting says', async () => {
    const replica = cleanUp(await startWorker({ PENDING_USER_RETENTION_HOURS: '2' }));
    const [old, young] = [
      await seedUser({ age: 2 * HOUR + MINUTE }),
      await seedUser({ age: 2 * HOUR - MINUTE }),
    ];
    // The replica's own first round may be under way, and one replica at a time erases.
    await eventually(
      async () => {
        await upkeep(replica);
        return !(await exists(old));
      },
      { what: 'the old one erased' },
    );
    expect(await exists(young)).toBe(true);
  });

  it('stays while it is owed a mail: nobody could have activated it', async () => {
    const email = await seedUser({ age: 3 * DAY });
    const mail = await seedMail('pending', 3 * DAY, email);
    await upkeep();
    expect(await exists(email)).toBe(true);
    await service.database.sql(`update mails set state = 'sent', sent_at = now() where id = $1`, [mail]);
    await upkeep();
    expect(await exists(email)).toBe(false);
  });

  it('stays for a day after its mail was given up: it may be sent again', async () => {
    const email = await seedUser({ age: 3 * DAY });
    const mail = await seedMail('dead', 3 * DAY, email, 0);
    await upkeep();
    expect(await exists(email)).toBe(true);
    await service.database.sql(`update mails set dead_at = now() - interval '25 hours' where id = $1`, [
      mail,
    ]);
    await upkeep();
    expect(await exists(email)).toBe(false);
  });

  it('goes with its code and its mails, and the address can be registered again', async () => {
    const { id, email } = await newPerson(service);
    await becomes(service.database, email, 'sent');
    await service.database.sql(
      `update users set created_at = now() - interval '25 hours', pending_until = now() - interval '1 hour' where id = $1`,
      [id],
    );
    await upkeep();
    const [left] = await service.database.sql(
      `select (select count(*) from users where id = $1)::int as users,
              (select count(*) from activation_codes where user_id = $1)::int as codes,
              (select count(*) from mails where user_id = $1)::int as mails`,
      [id],
    );
    expect(left).toEqual({ users: 0, codes: 0, mails: 0 });
    expect((await register(service.url, email)).status).toBe(201);
    expect(await codeFor(service.mailbox, email, 2)).toMatch(/^\d{6}$/);
  });
});

describe('what is settled', () => {
  it.each([
    ['a used code', 31 * DAY, false],
    ['a used code', 29 * DAY, true],
  ])('%s of %d seconds stays: %s', async (_, usedAgo, stays) => {
    const email = await seedUser({ age: usedAgo, active: true, usedAgo });
    await upkeep();
    const codes = await service.database.sql(
      `select from activation_codes where user_id = (select id from users where email = $1)`,
      [email],
    );
    expect(codes).toHaveLength(stays ? 1 : 0);
    expect(await exists(email)).toBe(true);
  });

  it.each([
    ['sent', 30 * DAY + HOUR, false],
    ['sent', 30 * DAY - HOUR, true],
    ['obsolete', 30 * DAY + HOUR, false],
    ['obsolete', 30 * DAY - HOUR, true],
    ['dead', 90 * DAY + HOUR, false],
    ['dead', 90 * DAY - HOUR, true],
    ['pending', 900 * DAY, true],
  ])('a mail that is %s for %d seconds stays: %s', async (state, age, stays) => {
    const id = await seedMail(state, age);
    await upkeep();
    expect(await isKept(id)).toBe(stays);
  });

  it.each(['sent', 'dead'])(
    'a mail that is %s stays from then on, however long it was owed',
    async (state) => {
      const id = await seedMail(state, 100 * DAY, undefined, 29 * DAY);
      await upkeep();
      expect(await isKept(id)).toBe(true);
    },
  );

  it('leaves an active account able to sign in', async () => {
    const { id, email } = await newActivePerson(service);
    await service.database.sql(
      `update activation_codes set used_at = now() - interval '31 days' where user_id = $1`,
      [id],
    );
    await service.database.sql(
      `update mails set created_at = now() - interval '31 days' where user_id = $1`,
      [id],
    );
    await upkeep();
    expect(await exists(email)).toBe(true);
    expect((await register(service.url, email)).status).toBe(409);
  });
});

/** Who is left of the many. */
const left = () => service.database.sql(`select from users where email like '%@many.test'`);

describe('many', () => {
  /** Notes in which transaction each row goes. */
  beforeEach(async () => {
    await service.database.sql(
      `create table if not exists erasures (transaction xid8 not null);
       create or replace function note_erasure() returns trigger language plpgsql as
         $$ begin insert into erasures values (pg_current_xact_id()); return old; end $$;
       delete from users where email like '%@many.test';
       drop trigger if exists note_erasure on users;
       create trigger note_erasure after delete on users for each row execute function note_erasure();
       truncate erasures;
       insert into users (id, email, password_hash, created_at, pending_until)
       select gen_random_uuid(), i || '@many.test', '', now() - interval '2 days', now() from generate_series(1, 2500) as i`,
    );
  });

  it('go a thousand at a time, so that no lock is held for long, and are counted in the log', async () => {
    const start = mark();
    await upkeep();
    expect(await left()).toEqual([]);
    const batches = await service.database.sql<{ size: number }>(
      `select count(*)::int as size from erasures group by transaction order by size`,
    );
    expect(batches.map(({ size }) => size)).toEqual([500, 1000, 1000]);
    expect(logged(start)).toEqual([{ pending_users: 2500, codes: 0, mails: 0 }]);
  });

  it('are erased once by two replicas at once', async () => {
    const start = mark();
    const replica = cleanUp(await startWorker());
    await Promise.all([upkeep(), upkeep(replica)]);
    // The round with which a replica begins takes part as well.
    const counted = () => logged(start).reduce((sum, { pending_users }) => sum + Number(pending_users), 0);
    // A round that a busy machine cut short is made up for by the next one, as in life.
    await eventually(async () => counted() >= 2500 || (await upkeep(), false), {
      what: 'the end of all rounds',
    });
    expect(counted()).toBe(2500);
    expect(await left()).toEqual([]);
    expect(await service.database.sql(`select from erasures`)).toHaveLength(2500);
  });

  it('are left to the replica whose turn it is', async () => {
    const start = mark();
    await service.database.sql(`select pg_advisory_lock(hashtext('registration-api upkeep'))`);
    await upkeep();
    expect(await left()).toHaveLength(2500);
    expect(logged(start)).toEqual([]);
    await service.database.sql(`select pg_advisory_unlock(hashtext('registration-api upkeep'))`);
    await upkeep();
    expect(await left()).toEqual([]);
  });

  it('do not wait for one that somebody is changing', async () => {
    await service.database.sql(`begin; select from users where email = '7@many.test' for update`);
    await upkeep();
    expect(await left()).toHaveLength(1);
    await service.database.sql(`commit`);
    await upkeep();
    expect(await left()).toEqual([]);
  });
});

it('what cannot be erased does not keep the others', async () => {
  const email = await seedUser({ age: 2 * DAY });
  const mail = await seedMail('sent', 31 * DAY);
  await service.database.sql(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'stays'; end $$;
     create trigger refuse before delete on users for each row execute function refuse()`,
  );
  await upkeep();
  expect([await exists(email), await isKept(mail)]).toEqual([true, false]);
  await service.database.sql('drop trigger refuse on users');
  await upkeep();
  expect(await exists(email)).toBe(false);
});

it('a round with nothing to do says nothing', async () => {
  await upkeep();
  const start = mark();
  await upkeep();
  expect(logged(start)).toEqual([]);
});
