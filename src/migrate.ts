import 'reflect-metadata';
import { parseDatabaseConfig, readEnvironment } from './config/load-config.js';
import { migrate } from './database/migrate.js';
import { migrateQueue } from './mail/migrate-queue.js';

// `npm run migrate`: brings the database up to date and ends. Needs DATABASE_URL and nothing else.
const applied = await migrate(parseDatabaseConfig(await readEnvironment()), migrateQueue);
console.log(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
