import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Gathering } from './gathering.js';

describe('a gathering', () => {
  let calls: number[][];
  let ends: ((failure?: Error) => void)[];
  let gathering: Gathering<number>;

  beforeEach(() => {
    calls = [];
    ends = [];
    gathering = new Gathering((items) => {
      calls.push(items);
      return new Promise((resolve, reject) =>
        ends.push((failure) => (failure ? reject(failure) : resolve())),
      );
    });
  });

  it('calls at once for the first, and once for all that come before that call has ended', async () => {
    const first = gathering.add(1);
    await nextTurn();
    const others = [gathering.add(2), gathering.add(3)];
    await nextTurn();
    expect(calls).toEqual([[1]]);
    ends[0]!();
    await first;
    await nextTurn();
    expect(calls).toEqual([[1], [2, 3]]);
    ends[1]!();
    await Promise.all(others);
  });

  it('tells a failure to those who were in the call, and goes on', async () => {
    const failure = new Error('away');
    const failing = [gathering.add(1), gathering.add(2)].map((added) => expect(added).rejects.toBe(failure));
    await nextTurn();
    const later = gathering.add(3);
    ends[0]!(failure);
    await Promise.all(failing);
    await nextTurn();
    expect(calls).toEqual([[1, 2], [3]]);
    ends[1]!();
    await expect(later).resolves.toBeUndefined();
  });
});
