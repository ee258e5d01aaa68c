import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's folder; everything in here runs from it, wherever the command was typed. */
export const PROJECT = resolve(import.meta.dirname, '..');

/** What development keeps between two starts; git ignores it. */
export const DATA = join(PROJECT, '.data');

/**
 * The key of the activation codes: made once, then kept, so that a code survives a restart.
 * @returns {string}
 */
function keptSecret() {
  const file = join(DATA, 'activation-code-secret');
  if (!existsSync(file)) {
    mkdirSync(DATA, { recursive: true });
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

/**
 * Reads `.env` into the environment, which wins, as the service itself does.
 */
export function loadDotEnv() {
  const file = join(PROJECT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * The variable, unless it is absent or empty, which the service takes for the same.
 * @param {string} name
 * @returns {string | undefined}
 */
export const setByUser = (name) => process.env[name] || undefined;

/**
 * The service's environment: what the user set stands, what is missing gets a value that works here.
 * @param {{ port: number, databaseUrl: string, smtpUrl: string }} started
 * @returns {NodeJS.ProcessEnv}
 */
export function serviceEnvironment({ port, databaseUrl, smtpUrl }) {
  const defaults = {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    SMTP_URL: smtpUrl,
    MAIL_FROM: 'Registration <no-reply@example.test>',
    ACTIVATION_CODE_SECRET: setByUser('ACTIVATION_CODE_SECRET') ?? keptSecret(),
    // Both or none: the service wants them together.
    ...(setByUser('ADMIN_USERNAME') || setByUser('ADMIN_PASSWORD')
      ? {}
      : { ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'development-only' }),
  };
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...defaults, ...Object.fromEntries(given), PORT: String(port) };
}
