import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startChild } from '../child.mjs';
import { recentLines, waitForLine } from '../output.mjs';
import { canReach, makePrivate } from './account.mjs';

/**
 * @typedef {import('./account.mjs').Account} Account
 * @typedef {import('../child.mjs').Child} Child
 * @typedef {{ server: string, data: string, account: Account, durable: boolean }} Cluster
 */

/** The superuser's name and password: a development server, on the loopback only. */
export const LOGIN = 'postgres';

const INITDB_FLAGS = [`--username=${LOGIN}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];

// `log` leaves out the errors of single statements: a refused duplicate is the service's daily work.
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'lc_messages=C',
  'log_min_messages=log',
];
const QUICK = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];

/**
 * Makes the data folder unless it is there. It grows beside its final name and is renamed when complete, so a start
 * that was interrupted leaves nothing that looks like a database.
 * @param {Cluster} cluster
 */
export async function createOnce({ server, data, account, durable }) {
  if (existsSync(join(data, 'PG_VERSION'))) return;
  const growing = `${data}.new`;
  const passwordFile = `${data}.password`;
  rmSync(growing, { recursive: true, force: true });
  makePrivate(account, dirname(data), growing);
  if (!canReach(account, growing)) throw new Error(`the user that runs PostgreSQL cannot reach ${data}`);
  writeFileSync(passwordFile, `${LOGIN}\n`, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const files = [`--pgdata=${growing}`, `--pwfile=${passwordFile}`];
  const initdb = await startChild(
    join(server, 'bin/initdb'),
    [...files, ...INITDB_FLAGS, ...(durable ? [] : ['--no-sync'])],
    { ...account, cwd: dirname(data) },
  );
  const lines = recentLines(initdb);
  const result = await initdb.ended;
  rmSync(passwordFile, { force: true });
  if (result !== 'code 0') throw new Error(`initdb ended with ${result}:\n${lines().join('\n')}`);
  rmSync(data, { recursive: true, force: true });
  renameSync(growing, data);
}

/**
 * Starts the server on that data and waits until it takes connections.
 * @param {Cluster} cluster
 * @param {number} port
 * @returns {Promise<{ child: Child, lines: () => string[] }>}
 */
export async function startServer({ server, data, account, durable }, port) {
  const settings = durable ? SETTINGS : [...SETTINGS, ...QUICK];
  const child = await startChild(
    join(server, 'bin/postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...account,
      cwd: dirname(data),
      stopSignal: durable ? 'SIGINT' : 'SIGQUIT',
      ...(durable ? {} : { throwAway: dirname(data) }),
    },
  );
  const lines = recentLines(child);
  if (await waitForLine(child, /ready to accept connections/, 60_000)) return { child, lines };
  await child.stop();
  throw new Error(`PostgreSQL did not start on ${data}:\n${lines().join('\n')}`);
}
