import 'reflect-metadata';
import { InvalidSettings, parseDatabaseConfig, readEnvironment } from './config/load-config.js';
import { migrate } from './database/migrate.js';
import { migrateQueue } from './mail/migrate-queue.js';

// `npm run migrate`: brings the database up to date and ends. Needs DATABASE_URL and nothing else.
try {
  const applied = await migrate(parseDatabaseConfig(await readEnvironment()), migrateQueue);
  console.log(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
} catch (error) {
  console.error(error instanceof InvalidSettings ? error.message : error);
  process.exitCode = 1;
}
