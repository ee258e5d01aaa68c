import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, PASSWORD, newEmail, register, request, whoAmI } from '../support/client.js';
import { useCleanup } from '../support/cleanup.js';
import { activate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/expectations.js';
import { logLines } from '../support/log.js';
import { becomes } from '../support/mails.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { letPass, storedPerson } from '../support/person.js';
import { type Mail, type Service, codeFor, mailsTo, startReplica, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService({ CONCEAL_ACCOUNTS: 'true' });
});

afterAll(() => service.stop());

const cleanUp = useCleanup();

/** An address whose registration waits for its code. */
async function pendingEmail(): Promise<string> {
  const email = newEmail();
  await register(service.url, email);
  await mailsTo(service.mailbox, email);
  return email;
}

async function activeEmail(): Promise<string> {
  const email = await pendingEmail();
  await activate(service.url, email, await codeFor(service.mailbox, email));
  return email;
}

/** What an address may be to the service. */
const classes: Array<[string, () => Promise<string>]> = [
  ['new', async () => newEmail()],
  ['pending', pendingEmail],
  [
    'pending with a code that ran out',
    async () => {
      const email = await pendingEmail();
      await letPass(service.database, email, 601);
      return email;
    },
  ],
  [
    'pending with no more mails to have today',
    async () => {
      const email = await pendingEmail();
      await service.database.sql(
        `update activation_codes set issued_at = array_fill(now() - interval '2 hours', array[10])
       where user_id = (select id from users where email = $1)`,
        [email],
      );
      await letPass(service.database, email, 601);
      return email;
    },
  ],
  ['active', activeEmail],
  [
    'active and notified already',
    async () => {
      const email = await activeEmail();
      await register(service.url, email);
      return email;
    },
  ],
];

/** All that a client can see, but for what differs between any two answers. */
function visible({ status, headers, text }: Answer): unknown {
  const unlike = new Set(['date', 'x-request-id']);
  return { status, text, headers: [...headers].filter(([name]) => !unlike.has(name)) };
}

const notices = (email: string) =>
  service.mailbox.mails.filter(({ to, subject }) => to.includes(email) && subject.includes('already'));

describe('a registration is answered 202 with the same headers and the same bytes', () => {
  let expected: unknown;

  beforeEach(async () => {
    expected = visible(await register(service.url, newEmail()));
  });

  it.each(classes)('for an address that is %s', async (_, make) => {
    const email = await make();
    for (const password of [PASSWORD, 'another password']) {
      const answer = await register(service.url, email, password);
      expect(answer.status).toBe(202);
      expect(visible(answer)).toEqual(expected);
    }
  });

  it('for one address from many clients at once', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(service.url, email)));
    for (const answer of answers) expect(visible(answer)).toEqual(expected);
    await mailsTo(service.mailbox, email);
    expect(await storedPerson(service.database, email)).toMatchObject({
      codes_issued: 1,
      mails: [expect.any(String)],
    });
  });
});

it('a new address gets its code all the same, and becomes an account', async () => {
  const email = newEmail();
  await register(service.url, email);
  expect((await activate(service.url, email, await codeFor(service.mailbox, email))).status).toBe(200);
});

it('a request that is not acceptable says so, as it does for everybody', async () => {
  for (const email of [newEmail(), await activeEmail()]) {
    const answer = await register(service.url, email, 'short');
    expectProblem(answer, 422, 'validation-failed');
    expect(answer.body['errors']).toMatchObject([{ pointer: '/password', code: 'too_short' }]);
  }
});

describe('a pending registration', () => {
  it('keeps its password, its code and its tries', async () => {
    const email = await pendingEmail();
    await becomes(service.database, email, 'sent');
    const before = await storedPerson(service.database, email);
    await register(service.url, email, 'another password');
    expect({ ...(await storedPerson(service.database, email)), code_life: 0 }).toEqual({
      ...before,
      code_life: 0,
    });
    expect(service.mailbox.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  it('is taken over when its code has run out, as without concealment', async () => {
    const email = await pendingEmail();
    await letPass(service.database, email, 601);
    await register(service.url, email, 'another password');
    const code = await codeFor(service.mailbox, email, 2);
    expect((await activate(service.url, email, code, 'another password')).status).toBe(200);
  });
});

describe('an active account', () => {
  it('stays as it is, to the last column', async () => {
    const email = await activeEmail();
    const rows = () =>
      service.database.sql(
        `select to_jsonb(users) as person, to_jsonb(codes) as code from users
         join activation_codes as codes on codes.user_id = users.id where email = $1`,
        [email],
      );
    const before = await rows();
    for (const password of [PASSWORD, 'another password']) await register(service.url, email, password);
    await eventually(() => notices(email).length > 0, { what: 'the notice' });
    expect(await rows()).toEqual(before);
    expect((await whoAmI(service.url, email)).status).toBe(200);
    expect((await whoAmI(service.url, email, 'another password')).status).toBe(401);
  });

  it('gets a notice without a code, and without a word of the one who tried', async () => {
    const email = await activeEmail();
    await register(service.url, email, 'canary of somebody');
    const [notice] = await eventually(() => notices(email).length > 0 && notices(email), {
      what: 'the notice',
    });
    const { subject, text, html, raw, headers } = notice as Mail;
    expect(subject).toBe('You already have an account');
    for (const words of [subject, text, html]) expect(words).not.toMatch(/\d{4}/);
    expect(raw).not.toContain('canary');
    expect(headers['auto-submitted']).toBe('auto-generated');
    expect(headers['to']).toBe(email);
  });

  it('gets one notice for eight tries at once, and none for those of the next hour', async () => {
    const email = await activeEmail();
    await Promise.all(Array.from({ length: 8 }, () => register(service.url, email)));
    await eventually(() => notices(email).length > 0, { what: 'the notice' });
    await register(service.url, email);
    const owed = () =>
      service.database.sql(
        `select from mails where kind = 'already-registered' and user_id = (select id from users where email = $1)`,
        [email],
      );
    expect(await owed()).toHaveLength(1);

    await service.database.sql(
      `update mails set created_at = now() - interval '61 minutes' where user_id = (select id from users where email = $1)`,
      [email],
    );
    await register(service.url, email);
    expect(await owed()).toHaveLength(2);
    await eventually(() => notices(email).length === 2, { what: 'the next notice' });
  });
});

it('the log tells who was registered by id alone, and nothing of who was not', async () => {
  const email = await activeEmail();
  const answer = await register(service.url, email);
  const lines = logLines(
    ({ requestId, context }) => requestId === answer.headers.get('x-request-id') && context !== 'Mail',
  );
  expect(lines.map(({ event }) => event)).toEqual(['http.request']);
  expect(logLines((line) => JSON.stringify(line).includes(email))).toEqual([]);
});

it('a fault is a fault for everybody: while PostgreSQL is away all are answered 503', async () => {
  const postgres = cleanUp(await OwnPostgres.start());
  const variables = { ...service.variables, DATABASE_URL: postgres.url };
  const replica = cleanUp(await startReplica(variables));
  const [pending, active] = [newEmail(), newEmail()];
  for (const email of [pending, active]) await register(replica.url, email);
  await activate(replica.url, active, await codeFor(service.mailbox, active));
  await postgres.halt();
  const answers: unknown[] = [];
  for (const email of [newEmail(), pending, active]) {
    const answer = await register(replica.url, email);
    expectProblem(answer, 503, 'temporarily-unavailable');
    const { instance: _, ...document } = answer.body;
    answers.push({ document, retryAfter: answer.headers.get('retry-after') });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

it('the API document promises the 202', async () => {
  const { body } = await request(service.url, 'GET', '/openapi.json', { documented: false });
  expect(Object.keys(body['paths']['/v1/registration'].post.responses)).toContain('202');
});
