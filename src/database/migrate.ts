import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import type { DatabaseConfig } from '../config/config.js';

/** The client of one migration run, for libraries that bring a schema of their own. */
export type MigrationClient = Client;

const directory = join(import.meta.dirname, '..', '..', 'migrations');

/**
 * Applies what is missing of `migrations/`, in one transaction and under an advisory lock, so that replicas may
 * start at once. Forward only.
 *
 * @param alsoMigrate runs afterwards on the same connection
 * @returns the names of the migrations that were applied
 */
export async function migrate(
  { url }: DatabaseConfig,
  alsoMigrate: (client: MigrationClient) => Promise<void>,
): Promise<string[]> {
  // The runner is given a client of ours because it does not wait for its own to end.
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const applied = await runner({
      dbClient: client,
      dir: directory,
      direction: 'up',
      migrationsTable: 'migrations',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
    await alsoMigrate(client);
    return applied.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
