import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activate, newEmail, register, request, whoAmI } from '../support/client.js';
import { useCleanup } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { metric, movement, samples } from '../support/metrics.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { letPass, newActivePerson, newPerson } from '../support/person.js';
import { type Service, anotherCode, mailsTo, startReplica, startService } from '../support/service.js';
import { startSmtp } from '../support/smtp.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

const cleanUp = useCleanup();

/** Everything but times and what the process itself does. */
const counted =
  /^(registrations|activations|mails|rate_limited)_total$|^(hash|mail|activation)_seconds_count$/;

/** How often each route was answered. */
const answered = /^http_request_duration_seconds_count$/;

/** Waits until all mails are settled: their counters move after their answers. */
const settled = () =>
  eventually(async () => (await metric(service, 'mails_owed')) === 0, { what: 'no mail owed' });

describe('counters move by exactly what happened', () => {
  it('for a registration, its mail and its activation', async () => {
    const moved = await movement(service, counted, async () => {
      await newActivePerson(service);
      await settled();
    });
    expect(moved).toEqual({
      'registrations_total accepted': 1,
      'mails_total sent': 1,
      mail_seconds_count: 1,
      'activations_total succeeded': 1,
      activation_seconds_count: 1,
      hash_seconds_count: 2,
    });
  });

  it('by the time that a mail took until the server had it', async () => {
    const smtp = cleanUp(await startSmtp('hold'));
    const slow = cleanUp(await startService({ SMTP_URL: smtp.url }));
    const moved = await movement(slow, /^mail_seconds_sum$/, async () => {
      await register(slow.url, newEmail());
      await eventually(async () => (await metric(slow, 'mails_oldest_owed_seconds')) > 0.5);
      smtp.release();
      await eventually(async () => (await metric(slow, 'mails_owed')) === 0);
    });
    expect(moved['mail_seconds_sum']).toBeGreaterThan(0.5);
  });

  it('for an address that is taken', async () => {
    const { email } = await newPerson(service);
    await settled();
    const moved = await movement(service, counted, () => register(service.url, email));
    expect(moved).toEqual({ 'registrations_total taken': 1, hash_seconds_count: 1 });
  });

  it('for a wrong code, and for one that is refused unseen', async () => {
    const { email, code } = await newPerson(service);
    await settled();
    const moved = await movement(service, counted, async () => {
      for (let i = 0; i < 7; i++) await activate(service.url, email, anotherCode(code));
    });
    expect(moved).toEqual({
      'activations_total wrong_code': 5,
      'activations_total refused': 2,
      hash_seconds_count: 7,
    });
  });

  it('for credentials: one hash each, known or not, and none for what is no credentials', async () => {
    const { email } = await newPerson(service);
    await settled();
    const moved = await movement(service, counted, async () => {
      await whoAmI(service.url, email);
      await whoAmI(service.url, email, 'not the password');
      await whoAmI(service.url, newEmail());
      await request(service.url, 'GET', '/v1/users/me');
      await request(service.url, 'GET', '/v1/users/me', { auth: 'Basic nonsense' });
    });
    expect(moved).toEqual({ hash_seconds_count: 3 });
  });

  it('for a request that is refused before anything is hashed', async () => {
    const moved = await movement(service, counted, async () => {
      await register(service.url, 'nonsense');
      await request(service.url, 'POST', '/v1/registration', { body: '{' });
    });
    expect(moved).toEqual({});
  });

  it('for a mail that is put off, and one that is refused for good', async () => {
    const smtp = cleanUp(await startSmtp('defer'));
    const replica = cleanUp(await startService({ SMTP_URL: smtp.url }));
    const moved = await movement(replica, /^mails_total$/, async () => {
      await register(replica.url, newEmail());
      await eventually(async () => (await metric(replica, 'mails_total', { result: 'retry' })) === 1);
      smtp.mode = 'no-such-user';
      await register(replica.url, newEmail());
      await eventually(async () => (await metric(replica, 'mails_total', { result: 'dead' })) === 1);
    });
    expect(moved).toEqual({ 'mails_total retry': 1, 'mails_total dead': 1 });
  });

  it('for requests, under the template of the route', async () => {
    const { email, code } = await newPerson(service);
    const moved = await movement(service, answered, async () => {
      await activate(service.url, email, anotherCode(code));
      await request(service.url, 'GET', '/problems/overloaded');
      await request(service.url, 'GET', '/problems/nonsense');
      await request(service.url, 'DELETE', '/v1/registration', { documented: false });
      await request(service.url, 'PATCH', '/wp-login.php', { documented: false });
    });
    expect(moved).toEqual({
      'http_request_duration_seconds_count POST /v1/activation 400': 1,
      'http_request_duration_seconds_count GET /problems/:slug 200': 1,
      'http_request_duration_seconds_count GET /problems/:slug 404': 1,
      'http_request_duration_seconds_count DELETE none 405': 1,
      'http_request_duration_seconds_count other none 404': 1,
      // The question itself.
      'http_request_duration_seconds_count GET /metrics 200': 1,
    });
  });
});

it('labels are closed: 200 addresses, paths, queries, methods and clients make no new one', async () => {
  const visit = async (i: number) => {
    const email = newEmail();
    await register(service.url, i % 2 === 0 ? email : 'nonsense');
    await whoAmI(service.url, email, `password ${i}`);
    await request(service.url, 'GET', `/unknown/${i}/${email}?q=${i}`, { documented: false });
    await request(service.url, 'GET', `/problems/x${i}`);
    await request(service.url, 'MKCOL', `/v1/users/me?${i}`, {
      documented: false,
      headers: { 'x-request-id': `canary-${i}`, 'user-agent': `canary-${i}` },
    });
  };
  // What Node tells of itself comes and goes: kinds of handles, kinds of garbage collection.
  const series = async () =>
    (await samples(service))
      .filter(({ name }) => !/^(nodejs|process)_/.test(name))
      .map(({ name, labels }) => JSON.stringify([name, labels]))
      .toSorted();
  for (let i = 0; i < 2; i++) await visit(i);
  await settled();
  const before = await series();
  for (let i = 0; i < 200; i += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, j) => visit(i + j)));
  }
  await settled();
  expect(await series()).toEqual(before);
  const { text } = await request(service.url, 'GET', '/metrics');
  const telling = /canary|unknown|example\.com|127\.0\.0\.1/;
  expect(text.split('\n').filter((line) => telling.test(line))).toEqual([]);
});

describe('what is owed', () => {
  it('is shown with its age, from the moment trying began; dead letters apart', async () => {
    const smtp = cleanUp(await startSmtp('defer'));
    const own = cleanUp(await startService({ SMTP_URL: smtp.url }));
    const gauges = async () => ({
      owed: await metric(own, 'mails_owed'),
      dead: await metric(own, 'mails_dead'),
      oldest: Math.round(await metric(own, 'mails_oldest_owed_seconds')),
    });
    expect(await gauges()).toEqual({ owed: 0, dead: 0, oldest: 0 });

    const emails = [newEmail(), newEmail()];
    for (const email of emails) await register(own.url, email);
    await eventually(async () => (await metric(own, 'mails_total', { result: 'retry' })) === 2);
    await own.database.sql(
      `update mails set created_at = now() - interval '3 days', trying_since = now() - interval '1 hour'
       where user_id = (select id from users where email = $1)`,
      [emails[0]],
    );
    const { owed, dead, oldest } = await gauges();
    expect({ owed, dead }).toEqual({ owed: 2, dead: 0 });
    expect(oldest).toBeGreaterThanOrEqual(3_600);
    expect(oldest).toBeLessThan(3_660);

    await own.database.sql(
      `update mails set state = 'dead', dead_at = now() where user_id = (select id from users where email = $1)`,
      [emails[0]],
    );
    expect(await gauges()).toMatchObject({ owed: 1, dead: 1 });
    expect((await gauges()).oldest).toBeLessThan(60);
  });

  it('is not a number while PostgreSQL is away, and everything else is answered', async () => {
    const postgres = cleanUp(await OwnPostgres.start());
    const own = cleanUp(await startReplica({ DATABASE_URL: postgres.url, SMTP_URL: service.mailbox.url }));
    expect(await metric(own, 'mails_owed')).toBe(0);
    await postgres.halt();
    for (const name of ['mails_owed', 'mails_dead', 'mails_oldest_owed_seconds']) {
      expect(await metric(own, name)).toBeNaN();
    }
    expect(await metric(own, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    await postgres.start();
    await eventually(async () => (await metric(own, 'mails_owed')) === 0, { what: 'the gauge' });
  });
});

it('shows how many passwords wait for a thread, and none when they are done', async () => {
  const own = cleanUp(
    await startReplica({ ...service.variables, HASH_THREADS: '1', BCRYPT_COST: '9', ROLE: 'api' }),
  );
  expect(await metric(own, 'hash_queue_depth')).toBe(0);
  const work = Promise.all(Array.from({ length: 20 }, () => register(own.url, newEmail())));
  const deepest = await eventually(async () => {
    const depth = await metric(own, 'hash_queue_depth');
    return depth > 0 && depth;
  });
  expect(deepest).toBeLessThanOrEqual(20);
  expect((await work).map(({ status }) => status)).toEqual(Array(20).fill(201));
  expect(await metric(own, 'hash_queue_depth')).toBe(0);
  expect(await metric(own, 'hash_seconds_count')).toBe(21);
});

it('shows connections of the pool, event loop and memory', async () => {
  const names = new Set((await samples(service)).map(({ name }) => name));
  for (const name of [
    'database_connections',
    'database_waiting',
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
  ]) {
    expect(names).toContain(name);
  }
  expect(await metric(service, 'database_connections')).toBeGreaterThan(0);
});

it('a worker counts mails and has no hash queue', async () => {
  const worker = cleanUp(await startReplica({ ...service.variables, ROLE: 'worker' }));
  const names = new Set((await samples(worker)).map(({ name }) => name));
  expect(names).toContain('mails_owed');
  expect(names).not.toContain('hash_queue_depth');
});

it('counts in each process apart: one application does not see another', async () => {
  const replica = cleanUp(await startReplica({ ...service.variables, ROLE: 'api' }));
  const email = newEmail();
  await register(service.url, email);
  await mailsTo(service.mailbox, email);
  await letPass(service.database, email, 1);
  expect(await metric(replica, 'registrations_total')).toBe(0);
});
