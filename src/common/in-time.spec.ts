import { getEventListeners, once } from 'node:events';
import { stat } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { inTime, withDeadline } from './in-time.js';

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

/** Ends when it is told to. */
const untilEnd = async (end: AbortSignal): Promise<never> => {
  if (!end.aborted) await once(end, 'abort');
  throw end.reason;
};

it('work is told to end after its time, or with the signal, or before it begins', async () => {
  const whole = new AbortController();
  await expect(withDeadline(20, whole.signal, untilEnd)).rejects.toThrow('timeout: not done within 20 ms');
  const work = withDeadline(60_000, whole.signal, untilEnd);
  whole.abort(new Error('the process ends'));
  await expect(work).rejects.toThrow('the process ends');
  await expect(withDeadline(60_000, whole.signal, untilEnd)).rejects.toThrow('the process ends');
});

it('work leaves nothing on a signal that lives longer', async () => {
  const { signal } = new AbortController();
  expect(await withDeadline(60_000, signal, async () => 'done')).toBe('done');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
