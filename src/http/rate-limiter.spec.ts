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
const check = () => limiter.check('wrong-passwords-for-account', 'somebody');

/** The window that refuses, seconds; undefined when none does. */
async function refusing(work: () => Promise<void>): Promise<number | undefined> {
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
  expect(await refusing(check)).toBe(seconds);
});

it('a look counts nothing', async () => {
  for (let i = 0; i < 100; i++) await check();
  expect(await refusing(consume)).toBeUndefined();
});

it('what is given back may be had again', async () => {
  for (let i = 0; i < 100; i++) {
    await consume();
    await limiter.giveBack('wrong-passwords-for-account', 'somebody');
  }
  expect(await refusing(check)).toBeUndefined();
});

it('what is given back after its window has ended is no credit for the next one', async () => {
  for (let i = 0; i < 5; i++) await limiter.giveBack('wrong-passwords-for-account', 'somebody');
  for (let i = 0; i < 10; i++) await consume();
  expect(await refusing(consume)).toBe(60);
});

it('a window of which nothing is left is forgotten, and begins anew', async () => {
  jest.useFakeTimers();
  await consume();
  await limiter.giveBack('wrong-passwords-for-account', 'somebody');
  jest.advanceTimersByTime(50_000);
  for (let i = 0; i < 10; i++) await consume();
  await expect(consume()).rejects.toMatchObject({ retryAfter: 60 });
});

it('one key uses up nothing of another', async () => {
  for (let i = 0; i < 11; i++) await refusing(consume);
  expect(await refusing(() => limiter.check('wrong-passwords-for-account', 'else'))).toBeUndefined();
});
