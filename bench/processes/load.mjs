// The load: clients that register a new address each time, as fast as they are answered (autocannon). A process of its
// own. It is told what to do by one JSON argument, a LoadPlan, and prints a LoadResult as its last line; before it, with
// `progress`, one line a second `{"done":…}`.
//
// Only answers with the status of success count, and only those between the end of the warm-up and the end of the time:
// the service is busy at both ends of that window, so nothing is won or lost at them.
import autocannon from 'autocannon';
import { percentiles } from '../parts/statistics.mjs';

/**
 * @typedef {object} LoadPlan
 * @property {string} url
 * @property {'service' | 'better-auth'} dialect how a registration is said
 * @property {string} tag begins every address; not used twice on one database
 * @property {number} connections
 * @property {number} warmSeconds
 * @property {number} seconds
 * @property {number} [amount] ends after so many answers, instead of after the time
 * @property {boolean} [progress]
 *
 * @typedef {object} LoadResult
 * @property {number} perSecond
 * @property {number} succeeded in the window
 * @property {number} succeededInAll the warm-up included
 * @property {Record<string, number>} refused answers by status, other than success
 * @property {number} broken connections that broke or waited too long
 * @property {import('../parts/statistics.mjs').Percentiles} latency milliseconds, of successes in the window
 */

/** @type {LoadPlan} */
const plan = JSON.parse(process.argv[2] ?? '{}');
const { url, tag, connections, warmSeconds, seconds, amount } = plan;

const dialects = {
  service: {
    path: '/v1/registration',
    success: 201,
    body: (/** @type {string} */ email) => ({ email, password: 'correct horse battery' }),
  },
  'better-auth': {
    path: '/api/auth/sign-up/email',
    success: 200,
    body: (/** @type {string} */ email) => ({ email, password: 'correct horse battery', name: 'Somebody' }),
  },
};
const { path, success, body } = dialects[plan.dialect];

let sent = 0;
let succeededInAll = 0;
/** @type {number[]} */
const latencies = [];
/** @type {Record<string, number>} */
const refused = {};
const from = performance.now() + warmSeconds * 1000;
const until = amount === undefined ? from + seconds * 1000 : Infinity;

const run = autocannon({
  url,
  connections,
  ...(amount === undefined ? { duration: warmSeconds + seconds + 1 } : { amount }),
  timeout: 60,
  requests: [
    {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => ({ ...request, body: JSON.stringify(body(`${tag}-${sent++}@example.com`)) }),
    },
  ],
});
run.on('response', (_client, status, _bytes, milliseconds) => {
  if (status !== success) {
    refused[status] = (refused[status] ?? 0) + 1;
    return;
  }
  succeededInAll++;
  const at = performance.now();
  if (at >= from && at < until) latencies.push(milliseconds);
});
const progress = setInterval(
  () => plan.progress && console.log(JSON.stringify({ done: succeededInAll })),
  1_000,
);

const { errors, timeouts } = await run;
clearInterval(progress);
const windowSeconds = amount === undefined ? seconds : (performance.now() - from) / 1000;
/** @type {LoadResult} */
const result = {
  perSecond: latencies.length / windowSeconds,
  succeeded: latencies.length,
  succeededInAll,
  refused,
  broken: errors + timeouts,
  latency: percentiles(latencies),
};
console.log(JSON.stringify(result));
