// How soon /health/live answers while every hash thread is busy: `npm run bench:health`.
// 16 clients register as fast as they are answered, at bcrypt cost 12, for 20 seconds.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../dev/ports.mjs';
import { startPostgres } from '../dev/postgres.mjs';
import { startMailbox } from '../dev/smtp.mjs';
import { IMAGE_NODE } from './parts/image.mjs';

const CLIENTS = 16;
const SECONDS = 20;

const postgres = await startPostgres();
const mailbox = await startMailbox();
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const env = {
  ...process.env,
  NODE_ENV: 'test',
  ...IMAGE_NODE,
  HOST: '127.0.0.1',
  PORT: String(port),
  DATABASE_URL: postgres.url,
  SMTP_URL: mailbox.url,
  MAIL_FROM: 'bench@service.test',
  ACTIVATION_CODE_SECRET: 'a secret for the benchmark and nothing else',
  BCRYPT_COST: '12',
  RATE_LIMIT_ENABLED: 'false',
  LOG_LEVEL: 'warn',
};

/**
 * @param {string} program
 * @returns {import('node:child_process').ChildProcess}
 */
const run = (program) => spawn(process.execPath, [program], { env, stdio: ['ignore', 'inherit', 'inherit'] });

await once(run('dist/migrate.js'), 'exit');
const service = run('dist/main.js');
while (!(await fetch(`${url}/health/ready`).catch(() => undefined))?.ok) await delay(50);

const end = Date.now() + SECONDS * 1000;
let registered = 0;

/** @param {number} client */
async function registerUntilTheEnd(client) {
  for (let i = 0; Date.now() < end; i++) {
    const body = JSON.stringify({ email: `${client}-${i}@example.com`, password: 'correct horse battery' });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${url}/v1/registration`, { method: 'POST', headers, body });
    if (status === 201) registered++;
  }
}

/** @type {number[]} */
const times = [];
async function probeUntilTheEnd() {
  while (Date.now() < end) {
    const start = performance.now();
    await (await fetch(`${url}/health/live`)).text();
    times.push(performance.now() - start);
    await delay(20);
  }
}

await Promise.all([
  probeUntilTheEnd(),
  ...Array.from({ length: CLIENTS }, (_, client) => registerUntilTheEnd(client)),
]);
times.sort((a, b) => a - b);
/** @param {number} share */
const percentile = (share) => times[Math.ceil(times.length * share) - 1]?.toFixed(1);
console.log(
  `registrations  ${(registered / SECONDS).toFixed(1)} a second with ${CLIENTS} clients at cost 12`,
);
console.log(
  `/health/live   p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, max ${percentile(1)} ms of ${times.length}`,
);

service.kill('SIGTERM');
await once(service, 'exit');
await mailbox.stop();
await postgres.stop();
