// Processes of two releases beside each other, on one database.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../../dev/child.mjs';
import { eachLine, recentLines } from '../../dev/output.mjs';
import { freePort } from '../../dev/ports.mjs';
import { becomesReady, runToEnd } from '../../dev/program.mjs';
import { OPERATOR } from './person.mjs';

/**
 * @typedef {object} Replica
 * @property {string} name for messages: "the old api"
 * @property {string} url
 * @property {() => string[]} complaints what its log says that a good release never says
 * @property {() => Promise<void>} end in order, with exit code 0
 * @property {() => Promise<void>} kill
 *
 * @typedef {object} Release
 * @property {string} name "old" or "new"
 * @property {string} folder
 */

const READY_MS = 60_000;

/** Longer than the grace that a process allows itself. */
const END_MS = 25_000;

/**
 * The environment of a process on those servers; cheap hashes, no limits for clients, no waiting between two codes.
 * @param {{ databaseUrl: string, smtpUrl: string, redisUrl: string | undefined }} servers
 * @returns {NodeJS.ProcessEnv}
 */
export function environment({ databaseUrl, smtpUrl, redisUrl }) {
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    SMTP_URL: smtpUrl,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    MAIL_FROM: 'Registration <no-reply@example.test>',
    ACTIVATION_CODE_SECRET: 'a secret of the test of upgrades, long enough',
    ACTIVATION_RESEND_COOLDOWN_SECONDS: '0',
    ADMIN_USERNAME: OPERATOR.username,
    ADMIN_PASSWORD: OPERATOR.password,
    BCRYPT_COST: '4',
    RATE_LIMIT_ENABLED: 'false',
    SHUTDOWN_DRAIN_SECONDS: '0',
  };
}

/**
 * Brings the schema to a release.
 * @param {Release} release
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} what it said last
 */
export async function migrate(release, env) {
  const program = join(release.folder, 'dist/migrate.js');
  const what = `the migration to the ${release.name} release`;
  return (await runToEnd(what, [program], { env, cwd: release.folder })).at(-1) ?? '';
}

/**
 * Starts a process of a release and waits until it is ready.
 * @param {Release} release
 * @param {'api' | 'worker'} role
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Replica>}
 */
export async function start(release, role, env) {
  const name = `the ${release.name} ${role}`;
  const PORT = String(await freePort());
  const options = { env: { ...env, ROLE: role, PORT }, cwd: release.folder };
  const child = await startChild(process.execPath, [join(release.folder, 'dist/main.js')], options);
  /** @type {string[]} */
  const complaints = [];
  eachLine(child, (line) => isComplaint(line) && complaints.push(`${name}: ${line}`));
  const lines = recentLines(child);
  const url = `http://127.0.0.1:${PORT}`;
  const kill = () => child.stop(0);
  if (!(await becomesReady(child, `${url}/health/ready`, READY_MS))) {
    await kill();
    throw new Error(`${name} does not become ready\n${lines().join('\n')}`);
  }
  const end = async () => {
    const deadline = new AbortController();
    process.kill(child.pid, 'SIGTERM');
    const late = delay(END_MS, 'no end', { signal: deadline.signal }).catch(() => '');
    const how = await Promise.race([child.ended, late]);
    deadline.abort();
    if (how !== 'code 0') throw new Error(`${name} ended with ${how}\n${lines().join('\n')}`);
  };
  return { name, url, complaints: () => complaints, end, kill };
}

/**
 * Work in the background fails in the log alone. Cheap hashes are warned about; failed requests are seen by who asked.
 * @param {string} line
 */
function isComplaint(line) {
  return /"level":"(warn|error|fatal)"/.test(line) && !/BCRYPT_COST|"event":"http\.request"/.test(line);
}
