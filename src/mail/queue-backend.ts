import type { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BackendFactory,
  type IQueueBackend,
  type PgPool,
  type PgQueryResult,
  PostgresConnection,
  PostgresQueueBackend,
  type PostgresConnectionOptions,
  type QueueBaseOptions,
  assertSchemaCompatibility,
  createRedisBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import { nameOf } from '../database/statement.js';
import { LONGEST_WAIT_SECONDS, type QueueConnection } from './queue-connection.js';

/** Builds the backend that fits the connection of the options. */
export const createBackend: BackendFactory<IQueueBackend, QueueConnection> = (name, options, use) => {
  const backend =
    options.connection instanceof Redis
      ? createRedisBackend(name, options, use)
      : createPostgresBackend(name, options as QueueBaseOptions<PostgresConnectionOptions>, use);
  return Object.defineProperty(backend, 'maximumBlockTimeout', { value: LONGEST_WAIT_SECONDS });
};

/**
 * BullMQ's own factory of this name remembers for ever that PostgreSQL was away at the first try; this one waits
 * for it. The name of the listening connection is what BullMQ's worker list looks for.
 */
function createPostgresBackend(
  name: string,
  options: QueueBaseOptions<PostgresConnectionOptions>,
  use?: { withBlockingConnection?: boolean },
): PostgresQueueBackend {
  const connection = new PatientPostgresConnection(options.connection);
  return new PostgresQueueBackend(
    connection,
    name,
    options,
    true,
    use?.withBlockingConnection ? name : undefined,
  );
}

/** Is ready when PostgreSQL answers and has BullMQ's schema, however long that takes. */
class PatientPostgresConnection extends PostgresConnection {
  private becomingReady: Promise<void> | undefined;

  constructor(options: PostgresConnectionOptions) {
    super(options);
    this.pool.on('connect', (client) => client.on('error', ignore));
    prepareStatements(this.pool);
    const inside = this as unknown as { pgModule: { Client: ClientClass } };
    inside.pgModule = { Client: withEarsFromBirth(inside.pgModule.Client) };
  }

  override waitUntilReady(): Promise<void> {
    return (this.becomingReady ??= this.becomeReady());
  }

  /** BullMQ asks for it as soon as it is ready, also when it was closed meanwhile: nobody would end that client. */
  override getListenClient(): ReturnType<PostgresConnection['getListenClient']> {
    return this.isClosing ? Promise.reject(new Error('the queue is closed')) : super.getListenClient();
  }

  private async becomeReady(): Promise<void> {
    while (!this.isClosing && !(await this.isCompatible())) await delay(1_000);
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

type QueryByName = (statement: { name: string; text: string; values: unknown }) => Promise<PgQueryResult>;

/**
 * BullMQ gives its statements no names, so PostgreSQL parses and plans them anew each time: a tenth of what a worker needs
 * of it for a mail.
 */
function prepareStatements(pool: PgPool): void {
  const query = pool.query.bind(pool) as unknown as QueryByName;
  pool.query = (text, values) => query({ name: nameOf(text), text, values });
}

type ClientClass = new (config: object) => EventEmitter;

/**
 * BullMQ hears the errors of its listening client from the moment it is connected until it is closed. A session
 * that PostgreSQL ends before or after that would end this process, too.
 */
function withEarsFromBirth(Client: ClientClass): ClientClass {
  return class extends Client {
    constructor(config: object) {
      super(config);
      this.on('error', ignore);
    }

    override removeAllListeners(...events: [string?]): this {
      return super.removeAllListeners(...events).on('error', ignore);
    }
  };
}

/** Whoever waits for an answer of that client is told; the others need not know. */
function ignore(): void {}
