import { startPostgres } from '../../dev/postgres.mjs';

/** One throw-away PostgreSQL for the whole run; each test file makes databases of its own in it. */
export default async function globalSetup() {
  const postgres = await startPostgres();
  process.env['TEST_POSTGRES_URL'] = postgres.url;
  process.env['TEST_POSTGRES_PID'] = String(postgres.pid);
  Object.assign(globalThis, { stopPostgres: postgres.stop });
}
