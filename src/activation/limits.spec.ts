import { describe, expect, it } from '@jest/globals';
import { findBlock } from './limits.js';

const now = new Date('2026-11-22T12:00:00.000Z');
const ago = (...seconds: number[]) => seconds.map((each) => new Date(now.getTime() - each * 1_000));
const onePerMinute = { name: 'minute', limit: 1, seconds: 60 };
const twoPerMinute = { name: 'two', limit: 2, seconds: 60 };
const twoPerHour = { name: 'hour', limit: 2, seconds: 3_600 };

describe('the next event is held back', () => {
  it.each([
    ['until the only one leaves the window', ago(20), [onePerMinute], 40, onePerMinute],
    ['to a fraction of a second', ago(59.75), [onePerMinute], 0.25, onePerMinute],
    ['until the oldest of as many as may be leaves', ago(50, 10), [twoPerMinute], 10, twoPerMinute],
    ['by the newest ones, when there are more', ago(55, 50, 10), [twoPerMinute], 10, twoPerMinute],
    ['by the limit that takes longest', ago(50, 10), [onePerMinute, twoPerHour], 3_550, twoPerHour],
    [
      'by the limit that takes longest, whatever the order',
      ago(50, 10),
      [twoPerHour, onePerMinute],
      3_550,
      twoPerHour,
    ],
    ['by one limit where another has room', ago(10), [onePerMinute, twoPerHour], 50, onePerMinute],
  ])('%s', (_, moments, quotas, seconds, quota) => {
    expect(findBlock(moments, now, quotas)).toEqual({ seconds, quota });
  });
});

describe('the next event is allowed at once', () => {
  it.each([
    ['when there was none', [], [onePerMinute]],
    ['while there is room', ago(30), [twoPerMinute]],
    ['at the very end of the window', ago(60), [onePerMinute]],
    ['when the others have left long ago', ago(900, 600), [onePerMinute, twoPerMinute]],
    ['when there is no limit', ago(0), []],
    ['under a window of no length', ago(0), [{ name: 'none', limit: 1, seconds: 0 }]],
  ])('%s', (_, moments, quotas) => {
    expect(findBlock(moments, now, quotas)).toBeUndefined();
  });
});
