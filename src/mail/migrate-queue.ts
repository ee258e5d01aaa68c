import { runMigrations } from 'bullmq';
import type { MigrationClient } from '../database/migrate.js';

/**
 * Creates or upgrades BullMQ's own schema, `bullmq`. Always, even where Redis carries the queue: REDIS_URL may be
 * taken away later without another migration.
 */
export async function migrateQueue(client: MigrationClient): Promise<void> {
  await runMigrations(client);
}
