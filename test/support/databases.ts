import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { migrateQueue } from '../../src/mail/migrate-queue.js';

const TEMPLATE = 'registration_template';

/** A migrated database of one's own, and a connection to look into it. */
export interface TestDatabase {
  url: string;
  sql<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** The server that global-setup started. */
function serverUrl(database: string): string {
  const url = new URL(process.env['TEST_POSTGRES_URL']!);
  url.pathname = `/${database}`;
  return url.href;
}

async function withAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl('postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** An empty database, for the tests of the migrations themselves. */
export async function createEmptyDatabase(template = 'template0'): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdmin((client) => client.query(`create database ${name} template ${template}`));
  const url = serverUrl(name);
  // A pool, because a test may ask several things at once.
  const connection = new Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 });
  connection.on('error', () => undefined);
  return {
    url,
    sql: async <Row extends object>(text: string, values: unknown[] = []) =>
      (await connection.query<Row>(text, values)).rows,
    drop: async () => {
      // A test may have taken it away already.
      if (!connection.ended) await connection.end();
      await withAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** A copy of the migrated template; the first caller of a run makes the template, the others wait for it. */
export async function createDatabase(): Promise<TestDatabase> {
  return withAdmin(async (client) => {
    await client.query('select pg_advisory_lock(1)');
    const { rowCount } = await client.query('select from pg_database where datname = $1 and datistemplate', [
      TEMPLATE,
    ]);
    if (rowCount === 0) {
      await client.query(`drop database if exists ${TEMPLATE}`);
      await client.query(`create database ${TEMPLATE} template template0`);
      await migrate({ url: serverUrl(TEMPLATE), poolMax: 1 }, migrateQueue);
      await client.query(`alter database ${TEMPLATE} is_template true`);
    }
    // Still under the lock: two copies of one template at once are refused.
    return createEmptyDatabase(TEMPLATE);
  });
}
