import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { PostgresPoolConfig } from 'bullmq';
import { Redis } from 'ioredis';
import { Config } from '../config/config.js';
import { connectRedis, reconnectDelay } from '../redis/connect-redis.js';

/** What BullMQ is given to reach its backend: a Redis client, or how to reach PostgreSQL. */
export type QueueConnection = Redis | PostgresPoolConfig;

/**
 * Chooses the queue's backend, here and nowhere else: Redis when there is a REDIS_URL, else PostgreSQL.
 * Redis may vanish at any moment, so whoever adds a job is answered at once, with an error if need be.
 */
@Injectable()
export class QueueConnectionProvider implements OnApplicationShutdown {
  readonly connection: QueueConnection;

  constructor({ redisUrl, database }: Config) {
    if (redisUrl === undefined) {
      // Two connections for adding jobs, and for a worker its own plus one that listens (docs/scaling.md).
      this.connection = {
        connectionString: database.url,
        max: 2,
        connectionTimeoutMillis: 2_000,
        // Without it a connection that nobody answers on any more holds a worker for a quarter of an hour.
        query_timeout: 5_000,
        keepAlive: true,
      };
    } else {
      this.connection = connectRedis(redisUrl, { commandTimeout: 1_000 });
    }
  }

  /** False while jobs cannot be added; the relay adds them later. */
  isReady(): boolean {
    return !(this.connection instanceof Redis) || this.connection.status === 'ready';
  }

  /** Calls back each time the connection is there again: what was queued before may be gone. */
  onReconnect(listener: () => void): void {
    if (this.connection instanceof Redis) this.connection.on('ready', listener);
  }

  onApplicationShutdown(): void {
    if (this.connection instanceof Redis) this.connection.disconnect();
  }
}

/**
 * The longest that a worker waits to be told of a job before it looks for one itself, seconds. BullMQ's is ten on
 * Redis; on PostgreSQL it is an hour when the next job that it knows of is an hour away, or when it has just lost its
 * connection; but nobody is told anything over a connection that a firewall has forgotten.
 */
export const LONGEST_WAIT_SECONDS = 2;

/**
 * Longer than the longest blocking read, in which a silence means that there is no job. Twice that and a reconnection are
 * still within the ten seconds of a recovery: the next connection may have been made in the last moment of the outage.
 */
const WORKER_SILENCE_MS = LONGEST_WAIT_SECONDS * 1_000 + 2_000;

/** A worker waits for Redis as long as it takes, on a connection of its own. */
export function workerConnection(connection: QueueConnection): QueueConnection {
  if (!(connection instanceof Redis)) return connection;
  return connection.duplicate({
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    socketTimeout: WORKER_SILENCE_MS,
    retryStrategy: reconnectDelay,
  });
}
