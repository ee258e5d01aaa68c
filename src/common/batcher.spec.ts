import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Batcher } from './batcher.js';

describe('a batcher', () => {
  let calls: number[][];
  let ends: ((failure?: Error) => void)[];
  let batcher: Batcher<number>;

  beforeEach(() => {
    calls = [];
    ends = [];
    batcher = new Batcher((items) => {
      calls.push(items);
      return new Promise((resolve, reject) =>
        ends.push((failure) => (failure ? reject(failure) : resolve())),
      );
    });
  });

  it('calls at once for the first, and once for all that come before that call has ended', async () => {
    const first = batcher.add(1);
    await nextTurn();
    const others = [batcher.add(2), batcher.add(3)];
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
    const failing = [batcher.add(1), batcher.add(2)].map((added) => expect(added).rejects.toBe(failure));
    await nextTurn();
    const later = batcher.add(3);
    ends[0]!(failure);
    await Promise.all(failing);
    await nextTurn();
    expect(calls).toEqual([[1, 2], [3]]);
    ends[1]!();
    await expect(later).resolves.toBeUndefined();
  });
});
