// Where everything runs: one PostgreSQL for the whole benchmark, durable as in production (fsync, synchronous_commit and
// full_page_writes on); one sink; a Redis of its own for each turn that wants one; and a fresh database for each turn,
// copied from a migrated template, after a checkpoint, so that no turn pays for the one before.
//
// The data lies in the system's folder for temporary files: where that is memory, fsync costs nothing, and TMPDIR should
// name a disk.
import { Client } from 'pg';
import { freePort } from '../../dev/ports.mjs';
import { startPostgres } from '../../dev/postgres.mjs';
import { startRedis } from '../../dev/redis.mjs';
import { contestant, environment } from '../contestants/contestants.mjs';
import { migrateBetterAuth, migrateService } from './migrate.mjs';
import { startHelper, startServer } from './programs.mjs';

/** @typedef {Awaited<ReturnType<typeof preparePlace>>} Place */
/** @typedef {Awaited<ReturnType<Place['open']>>} Turn */

const templates = { service: migrateService, 'better-auth': migrateBetterAuth };

/**
 * @param {{ durable: boolean, dialects: Array<keyof typeof templates> }} options
 */
export async function preparePlace({ durable, dialects }) {
  const postgres = await startPostgres({ durable });
  const sink = await startHelper('processes/smtp-sink.mjs');
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  const urlOf = (/** @type {string} */ name) => Object.assign(new URL(postgres.url), { pathname: name }).href;
  for (const dialect of dialects) {
    await admin.query(`create database "template-${dialect}"`);
    await templates[dialect](urlOf(`template-${dialect}`));
  }
  let turns = 0;

  /**
   * A database for a contestant, and a Redis where it wants one. Nothing runs yet.
   * @param {string} name of the contestant
   * @param {string} [database] one that is there already, and stays
   */
  async function open(name, database) {
    const one = contestant(name);
    const used = database ?? `turn-${++turns}`;
    if (database === undefined)
      await admin.query(`create database "${used}" template "template-${one.dialect}"`);
    await admin.query('checkpoint');
    const redis = one.redis ? await startRedis() : undefined;
    const databaseUrl = urlOf(used);

    /**
     * @param {{ cost: number, env?: Record<string, string>, nodeFlags?: string[] }} settings
     */
    const start = async ({ cost, env = {}, nodeFlags = [] }) => {
      const port = await freePort();
      const place = { port, databaseUrl, redisUrl: redis?.url, smtpUrl: sink.said.smtp, cost };
      const whole = { ...environment(one, place), ...env };
      return startServer([...nodeFlags, one.program], { env: whole, ready: one.ready });
    };
    const close = async () => {
      await redis?.stop();
      if (database === undefined) await admin.query(`drop database "${used}" with (force)`);
    };
    return { contestant: one, databaseUrl, redisUrl: redis?.url, start, close };
  }

  const stop = async () => {
    await admin.end();
    await sink.stop();
    await postgres.stop();
  };
  return {
    postgresPid: postgres.pid,
    admin,
    urlOf,
    smtpUrl: String(sink.said.smtp),
    sinkUrl: String(sink.said.control),
    open,
    stop,
  };
}
