// bcrypt and nothing else: as many threads as cores, each hashing one password after the other with the native engine.
// The physical limit of a registration. One JSON argument: {"cost","seconds","threads"}; prints {"perSecond","p50"}:
// hashes a second over all threads, and the median time of one hash in milliseconds.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { hashSync } from '@node-rs/bcrypt';
import { median } from '../parts/statistics.mjs';

/** @typedef {{ cost: number, seconds: number, threads: number }} Plan */

/**
 * @param {Plan} plan
 * @returns {{ perSecond: number, times: number[] }}
 */
function loop({ cost, seconds }) {
  hashSync('correct horse battery', { cost });
  /** @type {number[]} */
  const times = [];
  const begin = performance.now();
  let last = begin;
  while (last - begin < seconds * 1000) {
    hashSync('correct horse battery', { cost });
    const end = performance.now();
    times.push(end - last);
    last = end;
  }
  return { perSecond: (1000 * times.length) / (last - begin), times };
}

if (isMainThread) {
  /** @type {Plan} */
  const plan = JSON.parse(process.argv[2] ?? '{}');
  const loops = Array.from({ length: plan.threads }, () =>
    once(new Worker(new URL(import.meta.url), { workerData: plan }), 'message'),
  );
  const results = (await Promise.all(loops)).map(([result]) => result);
  const perSecond = results.reduce((sum, result) => sum + result.perSecond, 0);
  console.log(JSON.stringify({ perSecond, p50: median(results.flatMap(({ times }) => times)) }));
} else {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(loop(workerData));
}
