import { stat } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { inTime } from './in-time.js';

const never = new Promise<never>(() => undefined);

/** Nothing else happens in this process meanwhile. */
function beBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('an answer is handed on', async () => {
  expect(await inTime(1_000, Promise.resolve('yes'))).toBe('yes');
});

it('a failure is handed on', async () => {
  await expect(inTime(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

it('nothing is waited for longer than that', async () => {
  const start = performance.now();
  await expect(inTime(20, never)).rejects.toThrow('no answer within 20 ms');
  expect(performance.now() - start).toBeLessThan(500);
});

it('an answer that came while this process was busy is in time', async () => {
  const answer = inTime(20, stat('.'));
  beBusy(100);
  expect((await answer).isDirectory()).toBe(true);
});
