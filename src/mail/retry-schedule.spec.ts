import { describe, expect, it } from '@jest/globals';
import { isTooOld, retryDelaySeconds } from './retry-schedule.js';

const middle = () => 0.5;

it('waits longer after each refusal, up to an hour', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map((attempts) => retryDelaySeconds(attempts, middle));
  expect(waits).toEqual([5, 15, 60, 120, 300, 900, 1_800, 3_600, 3_600, 3_600]);
});

it('varies by a fifth in both directions, so that many do not come back at once', () => {
  expect(retryDelaySeconds(3, () => 0)).toBeCloseTo(48);
  expect(retryDelaySeconds(3, () => 1)).toBeCloseTo(72);
  const waits = Array.from({ length: 200 }, () => retryDelaySeconds(3));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(48);
  expect(Math.max(...waits)).toBeLessThanOrEqual(72);
  expect(new Set(waits).size).toBeGreaterThan(100);
});

describe('trying ends', () => {
  it.each([
    [0, false],
    [86_400, false],
    [86_401, true],
  ])('at an age of %d s: %s', (age, tooOld) => {
    expect(isTooOld(age)).toBe(tooOld);
  });

  it('after more than thirty tries of one mail that is refused all day', () => {
    let age = 0;
    let attempts = 0;
    while (!isTooOld(age)) age += retryDelaySeconds(++attempts, middle);
    expect(attempts).toBe(31);
  });
});
