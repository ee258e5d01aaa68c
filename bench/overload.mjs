// What a burst past every limit does: `node bench/overload.mjs [rounds]` (after `npm run build`).
// 300 people register at once at bcrypt cost 12, round after round. Who is not refused must be in the database, liveness
// must answer within 100 ms (p99), and memory must not grow. Ends with exit code 1 when one of these is not so.
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { install } from './parts/install.mjs';
import { residentMiB } from './parts/memory.mjs';
import { preparePlace } from './parts/place.mjs';
import { endOnSignals } from './parts/signals.mjs';
import { percentiles } from './parts/statistics.mjs';

const AT_ONCE = 300;
const ROUNDS = Number(process.argv[2] ?? 5);
const LIVENESS_P99_MS = 100;

/** After the first round, which warms caches and pools up. */
const GROWTH_MAX = 1.15;

endOnSignals();
install({ betterAuth: false });
const place = await preparePlace({ durable: true, dialects: ['service'] });
const turn = await place.open('service');
const service = await turn.start({ cost: 12 });
const { url } = service;

/** @param {string} email */
async function register(email) {
  const body = JSON.stringify({ email, password: 'correct horse battery' });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/registration`, { method: 'POST', headers, body });
  await response.text();
  return { email, status: response.status, retryAfter: response.headers.get('retry-after') };
}

/**
 * Probes liveness until told to stop.
 * @param {AbortSignal} signal
 * @returns {Promise<number[]>} milliseconds
 */
async function probe(signal) {
  const times = [];
  while (!signal.aborted) {
    const start = performance.now();
    await (await fetch(`${url}/health/live`)).text();
    times.push(performance.now() - start);
    await delay(20);
  }
  return times;
}

/** @param {number} round */
async function burst(round) {
  const emails = Array.from({ length: AT_ONCE }, (_, i) => `${round}-${i}@example.com`);
  const stop = new AbortController();
  const probing = probe(stop.signal);
  const start = performance.now();
  const answers = await Promise.all(emails.map(register));
  const seconds = (performance.now() - start) / 1_000;
  stop.abort();
  return {
    answers,
    seconds,
    times: await probing,
    megabytes: residentMiB(service.pid),
  };
}

const database = new Client({ connectionString: turn.databaseUrl });
await database.connect();
/** @type {string[]} */
const faults = [];
/** @type {number[]} */
const memory = [];
console.log(`${AT_ONCE} registrations at once, cost 12, ${availableParallelism()} cores`);
for (let round = 1; round <= ROUNDS; round++) {
  const { answers, seconds, times, megabytes } = await burst(round);
  memory.push(megabytes);
  const accepted = answers.filter(({ status }) => status === 201).map(({ email }) => email);
  const refused = answers.filter(({ status }) => status === 503 || status === 429);
  const { rows } = await database.query('select email from users where email like $1', [`${round}-%`]);
  const stored = new Set(rows.map(({ email }) => email));
  const lost = accepted.filter((email) => !stored.has(email)).length;
  const { p50, p99, max } = percentiles(times);
  console.log(
    `round ${round}  201: ${accepted.length}  503/429: ${refused.length}  in ${seconds.toFixed(1)} s  ` +
      `liveness p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)} ms of ${times.length}  ` +
      `RSS ${megabytes.toFixed(0)} MiB`,
  );
  if (accepted.length + refused.length !== AT_ONCE)
    faults.push(`round ${round}: an answer that is neither 201, 429 nor 503`);
  if (refused.some(({ retryAfter }) => !/^[1-9]\d*$/.test(retryAfter ?? '')))
    faults.push(`round ${round}: a refusal without retry-after`);
  if (lost > 0) faults.push(`round ${round}: ${lost} of the 201 have no row`);
  if (stored.size !== accepted.length) faults.push(`round ${round}: rows of those who were refused`);
  if (p99 >= LIVENESS_P99_MS) faults.push(`round ${round}: liveness p99 ${p99.toFixed(1)} ms`);
}
const growth = (memory.at(-1) ?? NaN) / (memory[1] ?? NaN);
if (ROUNDS > 2 && growth > GROWTH_MAX) faults.push(`memory grew by ${((growth - 1) * 100).toFixed(0)} %`);
console.log(faults.length === 0 ? 'all as promised' : faults.join('\n'));

await database.end();
await service.stop();
await turn.close();
await place.stop();
process.exitCode = faults.length === 0 ? 0 : 1;
