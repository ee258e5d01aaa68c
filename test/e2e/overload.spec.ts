import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, request, whoAmI } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/expectations.js';
import { metric, movement } from '../support/metrics.js';
import { newPerson } from '../support/person.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

const cleanup = useCleanup();

beforeAll(async () => {
  service = await startService({ HASH_THREADS: '1', HASH_QUEUE_MAX: '1', BCRYPT_COST: '12' });
});

afterAll(() => service.stop());

it('more registrations at once than may wait are refused, and nothing of them is stored', async () => {
  const emails = Array.from({ length: 8 }, newEmail);
  const answers = await Promise.all(emails.map((email) => register(service.url, email)));
  const refused = answers.filter(({ status }) => status !== 201);
  // One is hashed, one waits; a slow start of the burst may let one more in.
  expect(refused.length).toBeGreaterThanOrEqual(4);
  expect(refused.length).toBeLessThanOrEqual(6);
  for (const answer of refused) {
    expectProblem(answer, 503, 'overloaded');
    expect(answer.headers.get('retry-after')).toBe('5');
  }
  const stored = await service.database.sql<{ email: string }>('select email from users order by email');
  const accepted = emails.filter((_, index) => answers[index]!.status === 201);
  expect(stored.map(({ email }) => email)).toEqual(accepted.toSorted());
  expect(await service.database.sql('select from mails')).toHaveLength(accepted.length);
});

it('so are sign-ins, known and unknown alike, and whoever comes later is served', async () => {
  const { email } = await newPerson(service);
  const names = [email, newEmail(), email, newEmail(), email, newEmail()];
  const answers = await Promise.all(names.map((name) => whoAmI(service.url, name)));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThanOrEqual(2);
  for (const answer of refused) expectProblem(answer, 503, 'overloaded');
  expect((await whoAmI(service.url, email)).status).toBe(200);
});

it('who is refused costs no hash', async () => {
  let accepted = 0;
  const moved = await movement(service, /^hash_seconds_count$/, async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(service.url, newEmail())));
    accepted = answers.filter(({ status }) => status === 201).length;
  });
  expect(accepted).toBeLessThan(8);
  expect(moved).toEqual({ hash_seconds_count: accepted });
});

it('who asks again at once is refused twice a second at most, not as fast as it can ask', async () => {
  let refusals = 0;
  const insist = async (email: string) => {
    while ((await register(service.url, email)).status === 503) refusals++;
  };
  const clients = 8;
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, () => insist(newEmail())));
  const seconds = (performance.now() - start) / 1_000;
  expect(refusals).toBeGreaterThan(clients / 2);
  expect(refusals).toBeLessThanOrEqual(clients * 2 * seconds);
});

it('what needs no hash is served meanwhile', async () => {
  const busy = cleanup(await startService({ HASH_THREADS: '1', HASH_QUEUE_MAX: '1', BCRYPT_COST: '14' }));
  const registered: number[] = [];
  const burst = Promise.all(
    Array.from({ length: 2 }, async () => registered.push((await register(busy.url, newEmail())).status)),
  );
  await eventually(async () => (await metric(busy, 'hash_queue_depth')) === 1, { what: 'one that waits' });
  expect((await request(busy.url, 'GET', '/health/ready')).status).toBe(200);
  expect((await request(busy.url, 'GET', '/v1/users/me')).status).toBe(401);
  expect((await register(busy.url, 'not an address')).status).toBe(422);
  expect(registered).toEqual([]);
  await burst;
  expect(registered).toEqual([201, 201]);
});
