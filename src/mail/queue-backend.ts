import { setTimeout as delay } from 'node:timers/promises';
import {
  type BackendFactory,
  type IQueueBackend,
  PostgresConnection,
  PostgresQueueBackend,
  type PostgresConnectionOptions,
  type QueueBaseOptions,
  assertSchemaCompatibility,
  createRedisBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { QueueConnection } from './queue-connection.js';

/** Builds the backend that fits the connection of the options. */
export const createBackend: BackendFactory<IQueueBackend, QueueConnection> = (name, options, use) =>
  options.connection instanceof Redis
    ? createRedisBackend(name, options, use)
    : createPostgresBackend(name, options as QueueBaseOptions<PostgresConnectionOptions>, use);

/**
 * BullMQ's own factory of this name remembers for ever that PostgreSQL was away at the first try; this one waits
 * for it. The name of the listening connection is what BullMQ's worker list looks for.
 */
function createPostgresBackend(
  name: string,
  options: QueueBaseOptions<PostgresConnectionOptions>,
  use: { withBlockingConnection?: boolean } = {},
): PostgresQueueBackend {
  const connection = new PatientPostgresConnection(options.connection);
  return new PostgresQueueBackend(
    connection,
    name,
    options,
    true,
    use.withBlockingConnection ? name : undefined,
  );
}

/** Is ready when PostgreSQL answers and has BullMQ's schema, however long that takes. */
class PatientPostgresConnection extends PostgresConnection {
  private becomingReady: Promise<void> | undefined;

  override waitUntilReady(): Promise<void> {
    return (this.becomingReady ??= this.becomeReady());
  }

  private async becomeReady(): Promise<void> {
    while (!(await this.isCompatible()) && !this.isClosing) await delay(1_000);
    this.emit('ready');
  }

  private async isCompatible(): Promise<boolean> {
    try {
      const client = await this.pool.connect();
      try {
        await assertSchemaCompatibility(client, this.schema);
        return true;
      } finally {
        client.release();
      }
    } catch (error) {
      this.emit('error', error);
      return false;
    }
  }
}
