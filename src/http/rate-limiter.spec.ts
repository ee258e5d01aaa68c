import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { RateLimiter } from './rate-limiter.js';

let limiter: RateLimiter;

beforeEach(() => {
  limiter = new RateLimiter(new Config(), new Metrics());
});

afterEach(() => {
  limiter.onApplicationShutdown();
  jest.useRealTimers();
});

const consume = () => limiter.consume('wrong-passwords-for-account', 'somebody');
const remaining = () => limiter.remaining('wrong-passwords-for-account', 'somebody');

async function consumeOthers(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await limiter.consume('wrong-passwords-for-account', `other ${i}`);
}

/** The window that refuses, seconds; undefined when none does. */
async function refusing(work: () => Promise<unknown>): Promise<number | undefined> {
  try {
    await work();
    return undefined;
  } catch (refusal) {
    return (refusal as { quota: { seconds: number } }).quota.seconds;
  }
}

it.each([
  [9, undefined],
  [10, 60],
  [19, 60],
  [20, 600],
  [49, 600],
  [50, 86_400],
])('after %i tries the longest window that is full is told: %s s', async (tries, seconds) => {
  for (let i = 0; i < tries; i++) await refusing(consume);
  expect(await refusing(remaining)).toBe(seconds);
});

it('a look counts nothing, and tells how many are left in the window that has least', async () => {
  for (let i = 0; i < 100; i++) expect(await remaining()).toBe(10);
  await consume();
  expect(await remaining()).toBe(9);
  for (let i = 0; i < 8; i++) await consume();
  expect(await remaining()).toBe(1);
});

it('a window begins with the first that is counted in it', async () => {
  jest.useFakeTimers();
  await remaining();
  jest.advanceTimersByTime(50_000);
  for (let i = 0; i < 10; i++) await consume();
  await expect(consume()).rejects.toMatchObject({ retryAfter: 60 });
});

it('of any number of keys those are remembered that were counted last', async () => {
  for (let i = 0; i < 11; i++) await refusing(consume);
  await consumeOthers(0, 15_000);
  await refusing(consume);
  await consumeOthers(15_000, 34_999);
  expect(await refusing(remaining)).toBe(60);
  await consumeOthers(34_999, 35_000);
  expect(await remaining()).toBe(10);
});

it('one key uses up nothing of another', async () => {
  for (let i = 0; i < 11; i++) await refusing(consume);
  expect(await refusing(() => limiter.remaining('wrong-passwords-for-account', 'else'))).toBeUndefined();
});
