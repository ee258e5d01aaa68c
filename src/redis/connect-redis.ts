import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';

const logger = new Logger('Redis');

/** Fixed and short: ioredis's own back-off reaches 5 s, BullMQ's 20 s. */
export const reconnectDelay = (times: number): number => Math.min(times * 100, 2_000);

/** How long a silence is borne in which Redis owes an answer, milliseconds: then the connection counts as dead. */
const SILENCE_MS = 5_000;

/**
 * A client that never makes its caller wait for a Redis that is away: commands fail at once while there is no
 * connection, and after `commandTimeout` milliseconds when there is no answer. It reconnects by itself.
 */
export function connectRedis(url: string, options: { commandTimeout: number }): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    // A firewall that forgot the connection tells nobody, and the kernel tries again for a quarter of an hour.
    socketTimeout: SILENCE_MS,
    retryStrategy: reconnectDelay,
    ...options,
  });
  redis.on('error', (error) => logger.warn(error.message));
  return redis;
}
