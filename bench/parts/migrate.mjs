// The tables of those who take part, made by their own commands.
import { join } from 'node:path';
import { startChild } from '../../dev/child.mjs';
import { recentLines } from '../../dev/output.mjs';
import { BETTER_AUTH, PROJECT, contestant, environment } from '../contestants/contestants.mjs';

/**
 * @param {string} name of the contestant
 * @param {string[]} command
 * @param {string} databaseUrl
 */
async function migrate(name, command, databaseUrl) {
  const place = { port: 1, databaseUrl, redisUrl: undefined, smtpUrl: 'smtp://127.0.0.1:1', cost: 4 };
  const child = await startChild(process.execPath, command, { env: environment(contestant(name), place) });
  const lines = recentLines(child);
  const end = await child.ended;
  if (end !== 'code 0') throw new Error(`the tables of ${name}: ${end}\n${lines().join('\n')}`);
}

/** @param {string} url */
export const migrateService = (url) => migrate('service', [join(PROJECT, 'dist/migrate.js')], url);

/** @param {string} url */
export const migrateBetterAuth = (url) =>
  migrate('better-auth', [join(BETTER_AUTH, 'server.mjs'), 'migrate'], url);
