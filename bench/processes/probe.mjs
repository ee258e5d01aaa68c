// Asks a health address every 20 ms, whether the last answer has come or not, and says how long the answers took.
// A process of its own, so that the load generator's work does not count as the service's. One JSON argument:
// {"url","warmSeconds","seconds"}; prints {"latency","asked","failed"}.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { percentiles } from '../parts/statistics.mjs';

const INTERVAL_MS = 20;

/** @type {{ url: string, warmSeconds: number, seconds: number }} */
const { url, warmSeconds, seconds } = JSON.parse(process.argv[2] ?? '{}');
const agent = new Agent({ keepAlive: true });

/** @returns {Promise<number>} milliseconds; NaN when it failed */
const ask = () =>
  new Promise((resolve) => {
    const start = performance.now();
    const request = get(url, { agent, timeout: 10_000 }, (response) => {
      const ok = response.statusCode === 200;
      response.resume().once('end', () => resolve(ok ? performance.now() - start : NaN));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(NaN));
  });

await ask(); // the connection and the compiler
await delay(warmSeconds * 1000);
/** @type {Promise<number>[]} */
const asked = [];
const timer = setInterval(() => asked.push(ask()), INTERVAL_MS);
await delay(seconds * 1000);
clearInterval(timer);
const times = await Promise.all(asked);
const answered = times.filter((time) => !Number.isNaN(time));
console.log(
  JSON.stringify({
    latency: percentiles(answered),
    asked: times.length,
    failed: times.length - answered.length,
  }),
);
agent.destroy();
