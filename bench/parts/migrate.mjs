// The tables of those who take part, made by their own commands.
import { join } from 'node:path';
import { runToEnd } from '../../dev/program.mjs';
import { BETTER_AUTH, PROJECT, contestant, environment } from '../contestants/contestants.mjs';

/**
 * @param {string} name of the contestant
 * @param {string[]} command
 * @param {string} databaseUrl
 */
async function migrate(name, command, databaseUrl) {
  const place = { port: 1, databaseUrl, redisUrl: undefined, smtpUrl: 'smtp://127.0.0.1:1', cost: 4 };
  await runToEnd(`what makes the tables of ${name}`, command, { env: environment(contestant(name), place) });
}

/** @param {string} url */
export const migrateService = (url) => migrate('service', [join(PROJECT, 'dist/migrate.js')], url);

/** @param {string} url */
export const migrateBetterAuth = (url) =>
  migrate('better-auth', [join(BETTER_AUTH, 'server.mjs'), 'migrate'], url);
