import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { median } from '../../bench/parts/statistics.mjs';
import { freePort } from '../../dev/ports.mjs';
import { type Answer, PASSWORD, basic, newEmail, register } from '../support/client.js';
import { useCleanup } from '../support/cleanup.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, sortedStatuses } from '../support/expectations.js';
import { OPERATOR } from '../support/operator.js';
import { OwnRedis } from '../support/own-redis.js';
import { connectTo } from '../support/raw-http.js';
import { describeWithRedis } from '../support/redis.js';
import { type Replica, type Service, startReplica, startService } from '../support/service.js';
import { type Visitor, all, repeatedly, visitor } from '../support/visitor.js';

/** The most that a Redis that is away may add to a request, milliseconds. */
const ADDED_MS = 50;

const limited = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1' };

const cleanup = useCleanup();

/** Refused for its content, which costs no hash; counted like any other. */
const tryToRegister = (client: Visitor) => client.ask('POST', '/v1/registration', { body: {} });

const signIn = (client: Visitor, email: string, password = PASSWORD) =>
  client.ask('GET', '/v1/users/me', { auth: basic(email, password) });

/** Two replicas of one service, the second one with settings of its own. */
async function startTwo(first: NodeJS.ProcessEnv, second: NodeJS.ProcessEnv): Promise<[Service, Replica]> {
  const service = cleanup(await startService({ ...limited, ...first }));
  const replica = cleanup(await startReplica({ ...service.variables, ...second }));
  return [service, replica];
}

/** Two replicas that count in one Redis, and have begun to. */
async function startTogether(REDIS_URL: string): Promise<[Service, Replica]> {
  const replicas = await startTwo({ REDIS_URL }, {});
  await eventually(() => countTogether(...replicas), { what: 'a limit of both replicas' });
  return replicas;
}

async function countTogether(...[here, there]: [Service, Replica]): Promise<boolean> {
  const client = visitor(here.url);
  await repeatedly(40, () => tryToRegister(client));
  return (await tryToRegister(visitor(there.url, client.address))).status === 429;
}

/** How far a new client comes who asks once too often. */
async function statusesOfOneTooMany(
  service: Service,
): Promise<{ registrations: number[]; guesses: number[] }> {
  const client = visitor(service.url);
  const registrations = await repeatedly(41, () => tryToRegister(client));
  const email = newEmail();
  await register(service.url, email);
  const guesses = await repeatedly(11, () => signIn(client, email, 'not the password'));
  return { registrations, guesses };
}

const limitsOfOneProcess = {
  registrations: [...all(40, 422), 429],
  guesses: [...all(10, 401), 429],
};

async function timeOf(work: () => Promise<Answer>, wanted: number): Promise<number> {
  const { status, took } = await work();
  expect(status).toBe(wanted);
  return took;
}

const registering = (url: string) => () => timeOf(() => tryToRegister(visitor(url)), 422);

/**
 * How much slower a service is than another one, for each kind of request: they ask the limiter differently often. In
 * turns, so that whatever else the machine does slows down both alike.
 */
async function delays(without: Service, away: Replica): Promise<{ usual: number; longest: number }> {
  const email = newEmail();
  await register(without.url, email);
  const signingIn = (url: string) => () => timeOf(() => signIn(visitor(url), email), 200);
  const usual: number[] = [];
  const longest: number[] = [];
  for (const operation of [registering, signingIn]) {
    const [normal, slow]: [number[], number[]] = [[], []];
    for (let i = 0; i < 31; i++) {
      normal.push(await operation(without.url)());
      slow.push(await operation(away.url)());
    }
    usual.push(median(slow) - median(normal));
    longest.push(Math.max(...slow) - Math.max(...normal));
  }
  return { usual: Math.max(...usual), longest: Math.max(...longest) };
}

/** What one request adds to the promise when the machine that runs the tests is busy, milliseconds. */
const NOISE_MS = 200;

describe('while nothing listens where Redis should be', () => {
  it('each process holds the limits by itself', async () => {
    const REDIS_URL = `redis://127.0.0.1:${await freePort()}`;
    const service = cleanup(await startService({ ...limited, REDIS_URL }));
    expect(await statusesOfOneTooMany(service)).toEqual(limitsOfOneProcess);
  });

  it('no request takes 50 ms longer than without one', async () => {
    const REDIS_URL = `redis://127.0.0.1:${await freePort()}`;
    const [without, away] = await startTwo({}, { REDIS_URL });
    const { usual, longest } = await delays(without, away);
    expect(usual).toBeLessThan(ADDED_MS);
    expect(longest).toBeLessThan(ADDED_MS + NOISE_MS);
  });
});

describeWithRedis('with a Redis', () => {
  it('two replicas let through exactly 40 registrations of one client, however many come at once', async () => {
    const redis = cleanup(await OwnRedis.start());
    const replicas = await startTogether(redis.url);
    const { address } = visitor('');
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => tryToRegister(visitor(replicas[i % 2]!.url, address))),
    );
    expect(sortedStatuses(answers)).toEqual([...all(40, 422), ...all(60, 429)]);
  });

  it('a wrong password at one replica counts at the other one, too', async () => {
    const redis = cleanup(await OwnRedis.start());
    const [service, other] = await startTogether(redis.url);
    const email = newEmail();
    await register(service.url, email);
    const here = visitor(service.url);
    const there = visitor(other.url, here.address);
    await repeatedly(5, () => signIn(here, email, 'not the password'));
    await repeatedly(5, () => signIn(there, email, 'not the password'));
    expect([(await signIn(here, email)).status, (await signIn(there, email)).status]).toEqual([429, 429]);
  });

  it('a wrong password counts also when its client has gone before it is compared', async () => {
    const redis = cleanup(await OwnRedis.start());
    const service = cleanup(await startService({ ...limited, ...OPERATOR, REDIS_URL: redis.url }));
    const operator = visitor(service.url);
    const open = (password: string) =>
      operator.ask('GET', '/v1/admin/users', { auth: basic(OPERATOR.ADMIN_USERNAME, password) });
    await eventually(async () => (await open(OPERATOR.ADMIN_PASSWORD)).status === 200);
    const guessAndGo = async () => {
      const socket = await connectTo(service.url);
      socket.write(
        `GET /v1/admin/users HTTP/1.1\r\nhost: here\r\nx-forwarded-for: ${operator.address}\r\n` +
          `authorization: ${basic(OPERATOR.ADMIN_USERNAME, 'a guess')}\r\n\r\n`,
        () => socket.resetAndDestroy(),
      );
    };
    const refusal = await eventually(async () => {
      // Some may be gone before they are read.
      await guessAndGo();
      // With the right one, which counts nothing.
      const answer = await open(OPERATOR.ADMIN_PASSWORD);
      return answer.status !== 200 && answer;
    });
    expectProblem(refusal, 429, 'too-many-requests');
  });

  it('keeps nothing of whoever signs in well', async () => {
    const redis = cleanup(await OwnRedis.start());
    const service = cleanup(await startService({ ...limited, REDIS_URL: redis.url }));
    const client = new Redis(redis.url);
    cleanup({ stop: async () => client.disconnect() });
    const email = newEmail();
    const kept = () => client.keys('limit:wrong-passwords*');
    const guess = async () => {
      await signIn(visitor(service.url), email, 'not the password');
      return (await kept()).length > 0;
    };
    await eventually(guess, { what: 'a wrong one kept' });
    await client.flushdb();
    await register(service.url, email);
    for (let i = 0; i < 3; i++) expect((await signIn(visitor(service.url), email)).status).toBe(200);
    await eventually(async () => (await kept()).length === 0, { what: 'nothing kept' });
  });

  it('that hangs, each process holds the limits by itself, and together again when it moves', async () => {
    const redis = cleanup(await OwnRedis.start());
    const [service, other] = await startTogether(redis.url);
    redis.freeze();
    expect(await statusesOfOneTooMany(service)).toEqual(limitsOfOneProcess);
    redis.thaw();

    await eventually(() => countTogether(service, other), { what: 'a limit of both replicas' });
  });

  it('that hangs, no request takes 50 ms longer than without one', async () => {
    const redis = cleanup(await OwnRedis.start());
    const [without, away] = await startTwo({ REDIS_URL: '' }, { REDIS_URL: redis.url });
    await tryToRegister(visitor(away.url));
    redis.freeze();
    const { usual, longest } = await delays(without, away);
    expect(usual).toBeLessThan(ADDED_MS);
    expect(longest).toBeLessThan(ADDED_MS + NOISE_MS);
  });

  it('that dies in the middle, nobody is refused and nobody gets a 500', async () => {
    const redis = cleanup(await OwnRedis.start());
    const service = cleanup(await startService({ ...limited, REDIS_URL: redis.url }));
    const fifty = () => Array.from({ length: 50 }, () => tryToRegister(visitor(service.url)));
    const before = fifty();
    await Promise.race(before);
    await redis.kill();
    const answers = await Promise.all([...before, ...fifty()]);
    expect(answers.map(({ status }) => status)).toEqual(all(100, 422));
    expect(await statusesOfOneTooMany(service)).toEqual(limitsOfOneProcess);
  });
});
