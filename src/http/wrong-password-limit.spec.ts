import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Request } from 'express';
import { Overloaded } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { RateLimiter } from './rate-limiter.js';
import { WrongPasswordLimit } from './wrong-password-limit.js';

let limiter: RateLimiter;
let guesses: WrongPasswordLimit;

beforeEach(() => {
  jest.useFakeTimers();
  const config = Object.assign(new Config(), { rateLimitEnabled: true });
  limiter = new RateLimiter(config, new Metrics());
  guesses = new WrongPasswordLimit(config, limiter);
});

afterEach(() => {
  limiter.onApplicationShutdown();
  jest.useRealTimers();
});

const request = { ip: '192.0.2.1' } as Request;

/** A right password whose comparison takes so long. */
const guess = (account: string, seconds: number) => guesses.judge(request, account, () => wait(seconds));

const wait = (seconds: number) =>
  new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1_000 * seconds));

/** One wrong password of the client is left, and so is one for the account. */
async function useUpAllButOne(account: string): Promise<void> {
  for (let i = 0; i < 9; i++) await guesses.judge(request, account, () => false);
  for (let i = 9; i < 59; i++) await guesses.judge(request, `other-${i}`, () => false);
}

it('who waits behind its account and then behind its client waits five seconds for both together', async () => {
  await useUpAllButOne('ada');
  let outcome: unknown;
  const first = guess('ada', 4);
  const behind = guess('ada', 0).catch((error: unknown) => (outcome = error));
  const beside = guess('grace', 4);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(outcome).toBeInstanceOf(Overloaded);
  await jest.advanceTimersByTimeAsync(5_000);
  await Promise.all([first, behind, beside]);
});
