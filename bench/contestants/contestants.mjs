// Who takes part, and how each is started. The settings that matter are the same for all: the cost, the size of the
// pools, the database, the sink. The service has its image's options of Node besides; the others come without any.
import { fileURLToPath } from 'node:url';
import { IMAGE_NODE } from '../parts/image.mjs';

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {'service' | 'better-auth'} dialect how a registration is said, and whose tables it needs
 * @property {boolean} redis whether it wants one
 * @property {string} program
 * @property {string} health
 * @property {string} ready answers 200 when it may be asked
 * @property {Record<string, string>} env
 *
 * @typedef {{ port: number, databaseUrl: string, redisUrl: string | undefined, smtpUrl: string, cost: number }} Place
 */

const file = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

export const PROJECT = file('../..');
export const BETTER_AUTH = file('better-auth');

const service = {
  dialect: /** @type {const} */ ('service'),
  redis: false,
  program: file('../../dist/main.js'),
  health: '/health/live',
  ready: '/health/ready',
  env: IMAGE_NODE,
};

/** @type {Contestant[]} */
export const contestants = [
  { ...service, name: 'service' },
  { ...service, name: 'service-redis', redis: true },
  { ...service, name: 'service-api', env: { ...service.env, ROLE: 'api' } },
  { ...service, name: 'service-bcryptjs', env: { ...service.env, HASH_ENGINE: 'bcryptjs' } },
  {
    ...service,
    name: 'service-bcryptjs-redis',
    redis: true,
    env: { ...service.env, HASH_ENGINE: 'bcryptjs' },
  },
  ...[1, 2].map((replicas) => ({
    ...service,
    name: `nginx-${replicas}`,
    program: file('behind-nginx.mjs'),
    env: { ...service.env, REPLICAS: String(replicas) },
  })),
  {
    name: 'better-auth',
    dialect: 'better-auth',
    redis: false,
    program: file('better-auth/server.mjs'),
    health: '/api/auth/ok',
    ready: '/api/auth/ok',
    env: {},
  },
  {
    ...service,
    name: 'express-pg',
    program: file('express-pg.mjs'),
    ready: '/health/live',
    env: {},
  },
];

/**
 * @param {string} name
 * @returns {Contestant}
 */
export function contestant(name) {
  const found = contestants.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no contestant ${name}`);
  return found;
}

/**
 * The whole environment, and nothing of the shell's but what a program needs to run.
 * @param {Contestant} one
 * @param {Place} place
 * @returns {NodeJS.ProcessEnv}
 */
export function environment({ env }, { port, databaseUrl, redisUrl, smtpUrl, cost }) {
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_MAX: '10',
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    SMTP_URL: smtpUrl,
    MAIL_FROM: 'bench@service.test',
    ACTIVATION_CODE_SECRET: 'a secret for the benchmark and nothing else',
    BCRYPT_COST: String(cost),
    ROLE: 'all',
    RATE_LIMIT_ENABLED: 'false',
    HTTPS_ONLY: 'false',
    LOG_LEVEL: 'warn',
    ...env,
  };
}
