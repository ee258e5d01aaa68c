import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmail, register } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { OPERATOR, admin, auditOf } from '../support/operator.js';
import { newActivePerson, newPerson } from '../support/person.js';
import { type Service, startService } from '../support/service.js';

const ID = '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d';

type Item = Record<string, unknown>;

let service: Service;

beforeAll(async () => {
  service = await startService(OPERATOR);
});

afterAll(() => service.stop());

/** Rows straight into the table, all of one moment or a second apart. @returns their ids, newest first */
async function seedUsers(count: number, secondsApart: number): Promise<string[]> {
  const rows = await service.database.sql<{ id: string }>(
    `insert into users (id, email, password_hash, created_at, pending_until)
     select gen_random_uuid(), md5(random()::text) || '@seed.test', 'none', now() - make_interval(secs => i * $2), now()
     from generate_series(1, $1) as i returning id, created_at`,
    [count, secondsApart],
  );
  const ids = rows.map(({ id }) => id);
  return secondsApart === 0 ? ids.toSorted().toReversed() : ids;
}

/** Pages from the first to the last. */
async function walk(
  path: string,
  betweenPages: () => Promise<unknown> = async () => undefined,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  let next: string | null = '';
  do {
    const { body } = await admin(service, 'GET', `${path}${next === '' ? '' : `&cursor=${next}`}`);
    pages.push(body['items']);
    next = body['next_cursor'];
    await betweenPages();
  } while (next !== null);
  return pages;
}

const ids = (items: Item[]) => items.map(({ id }) => String(id));

describe('the list of users', () => {
  it('shows each as the person sees themselves, newest first, and says in the audit log that it was read', async () => {
    const pending = await newPerson(service);
    const active = await newActivePerson(service);
    const answer = await admin(service, 'GET', '/users?limit=2');
    expect(answer.status).toBe(200);
    expect(answer.body['items']).toEqual([
      {
        id: active.id,
        email: active.email,
        is_active: true,
        created_at: expect.any(String),
        activated_at: expect.any(String),
      },
      {
        id: pending.id,
        email: pending.email,
        is_active: false,
        created_at: expect.any(String),
        activated_at: null,
      },
    ]);
    expect(auditOf(answer)).toEqual([{ event: 'admin.users_listed', operator: 'operator' }]);
  });

  it.each([
    ['a second apart', 1],
    ['of one and the same moment', 0],
  ])(
    'walks through 45 people %s without gap or repetition, while new ones arrive',
    async (_, secondsApart) => {
      await service.database.sql('delete from users');
      const expected = await seedUsers(45, secondsApart);
      const pages = await walk('/users?limit=10', () => register(service.url, newEmail()));
      expect(pages.map((page) => page.length)).toEqual([10, 10, 10, 10, 5]);
      expect(ids(pages.flat())).toEqual(expected);
    },
  );

  it('ends with a full page when there is nobody more', async () => {
    await service.database.sql('delete from users');
    await seedUsers(20, 1);
    const answer = await admin(service, 'GET', '/users');
    expect(answer.body['items']).toHaveLength(20);
    expect(answer.body['next_cursor']).toBeNull();
  });

  it('finds a person by the address in whatever form it is typed, and nobody by half of it', async () => {
    const { id, email } = await newPerson(service);
    for (const form of [
      email,
      email.toUpperCase(),
      ` ${email} `,
      email.replace('@example.com', '@EXAMPLE.com'),
    ]) {
      const { body } = await admin(service, 'GET', `/users?email=${encodeURIComponent(form)}`);
      expect(ids(body['items'])).toEqual([id]);
    }
    const { body } = await admin(service, 'GET', `/users?email=${newEmail()}`);
    expect(body).toEqual({ items: [], next_cursor: null });
  });

  it('finds an international address as people write it', async () => {
    const email = newEmail().replace('example.com', 'münchen.example');
    const { body: registered } = await register(service.url, email);
    const { body } = await admin(service, 'GET', `/users?email=${encodeURIComponent(email)}`);
    expect(ids(body['items'])).toEqual([registered['id']]);
  });

  it('is filtered by status, on every page', async () => {
    await service.database.sql('delete from users');
    const pending = await seedUsers(5, 1);
    await service.database.sql(`update users set activated_at = now() where id = any($1)`, [
      pending.slice(0, 2),
    ]);
    expect(ids((await walk('/users?status=active&limit=1')).flat())).toEqual(pending.slice(0, 2));
    expect(ids((await walk('/users?status=pending&limit=2')).flat())).toEqual(pending.slice(2));
  });
});

describe('the list of mails', () => {
  it('shows each with its fate, newest first, and says in the audit log that it was read', async () => {
    const { email } = await newPerson(service);
    const answer = await admin(service, 'GET', '/mails?limit=1');
    expect(answer.status).toBe(200);
    expect(answer.body['items']).toEqual([
      {
        id: expect.any(String),
        kind: 'activation-code',
        to: email,
        status: 'sent',
        attempts: 1,
        last_error: null,
        created_at: expect.any(String),
        sent_at: expect.any(String),
        dead_at: null,
      },
    ]);
    expect(auditOf(answer)).toEqual([{ event: 'admin.mails_listed', operator: 'operator' }]);
  });

  it('walks through all of one status in pages, without gap or repetition', async () => {
    const { id: userId } = await newPerson(service);
    const seeded = await service.database.sql<{ id: string }>(
      `insert into mails (id, kind, user_id, subject_id, state, dead_at, due_at, created_at)
       select gen_random_uuid(), 'activation-code', $1, $1, 'dead', now(), now(), now() - make_interval(days => i / 2)
       from generate_series(1, 7) as i returning id, created_at`,
      [userId],
    );
    const pages = await walk('/mails?status=dead&limit=3');
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(ids(pages.flat()).toSorted()).toEqual(ids(seeded).toSorted());
    const moments = pages.flat().map((mail) => String(mail['created_at']));
    expect(moments).toEqual(moments.toSorted().toReversed());
    const { body } = await admin(service, 'GET', '/mails?status=pending');
    expect(body).toEqual({ items: [], next_cursor: null });
  });
});

describe.each(['/users', '/mails'])('the query of %s', (path) => {
  it.each(['1', '100'])('takes the limit %s', async (limit) => {
    expect((await admin(service, 'GET', `${path}?limit=${limit}`)).status).toBe(200);
  });

  it.each([
    ['limit', '0', 'too_small'],
    ['limit', '-1', 'too_small'],
    ['limit', '101', 'too_large'],
    ['limit', '1.5', 'invalid_type'],
    ['limit', '0x2', 'invalid_type'],
    ['limit', '', 'invalid_type'],
    ['limit', 'ten', 'invalid_type'],
    ['status', 'asleep', 'invalid_format'],
    ['cursor', 'nonsense', 'invalid_format'],
    ['cursor', '', 'invalid_format'],
    ['cursor', cursor('2026-02-30T10:00:00.000000Z', ID), 'invalid_format'],
    ['cursor', cursor('2026-99-99T99:99:99.000000Z', ID), 'invalid_format'],
    ['cursor', cursor('0000-01-01T00:00:00.000000Z', ID), 'invalid_format'],
    ['cursor', cursor('2026-99-99 99:99:99+00', ID), 'invalid_format'],
    ['cursor', cursor('infinity', ID), 'invalid_format'],
    ['cursor', cursor('2026-01-01T00:00:00.000000Z', 'nobody'), 'invalid_format'],
    ['cursor', cursor("2026-01-01' or 1=1--", ID), 'invalid_format'],
  ])('refuses %s=%s', async (name, value, code) => {
    const answer = await admin(service, 'GET', `${path}?${name}=${encodeURIComponent(value)}`);
    expectProblem(answer, 422, 'validation-failed');
    expect(answer.body['errors']).toEqual([{ pointer: `/${name}`, code, detail: expect.any(String) }]);
    expect(auditOf(answer)).toEqual([]);
  });

  it.each(['limit', 'status', 'cursor'])('refuses %s twice', async (name) => {
    expectProblem(await admin(service, 'GET', `${path}?${name}=1&${name}=2`), 422, 'validation-failed');
  });

  it('ignores what nobody knows', async () => {
    expect((await admin(service, 'GET', `${path}?__proto__=1&constructor=2&x=3`)).status).toBe(200);
  });
});

it.each(['half', 'ada@', '\0', 'a\0@example.com', '', '%', 'x'.repeat(300)])(
  'the filter for an address refuses %j, which is none',
  async (email) => {
    const answer = await admin(service, 'GET', `/users?email=${encodeURIComponent(email)}`);
    expectProblem(answer, 422, 'validation-failed');
    expect(answer.body['errors']).toMatchObject([{ pointer: '/email', code: 'invalid_format' }]);
  },
);

it('the filter for an address refuses two of them', async () => {
  const answer = await admin(service, 'GET', '/users?email=a@example.com&email=b@example.com');
  expectProblem(answer, 422, 'validation-failed');
});

function cursor(moment: string, id: string): string {
  return Buffer.from(`${moment}|${id}`).toString('base64url');
}
