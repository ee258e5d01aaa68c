import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { DomainError } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { connectRedis } from '../redis/connect-redis.js';
import { type RateLimitName, type Window, rateLimits } from './rate-limits.js';

/** The most that a Redis that is away may add to a request, milliseconds. */
const REDIS_PATIENCE_MS = 40;

/** This client, or everybody together, has asked too often. */
export class TooManyRequests extends DomainError {
  constructor(name: string, { points, seconds }: Window, waitMs: number) {
    super('too-many-requests', 'There were too many requests. Please wait a moment.', {
      retryAfter: waitMs / 1_000,
      quota: { name, limit: points, seconds },
    });
  }
}

interface Limiter {
  window: Window;
  store: RateLimiterAbstract;
}

/**
 * Counts in Redis, for all replicas together; in this process while Redis is away or when there is none. It never
 * fails a request: the limits that guard an account are rows in PostgreSQL (activation) and do not depend on it.
 */
@Injectable()
export class RateLimiter implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly limiters: Map<RateLimitName, Limiter[]>;

  constructor(
    { redisUrl }: Config,
    private readonly metrics: Metrics,
  ) {
    this.redis =
      redisUrl === undefined ? undefined : connectRedis(redisUrl, { commandTimeout: REDIS_PATIENCE_MS });
    this.limiters = new Map(
      Object.entries(rateLimits).map(([name, windows]) => [
        name as RateLimitName,
        windows.map((window) => ({ window, store: this.createStore(name, window) })),
      ]),
    );
  }

  /**
   * Counts one, and refuses what is over the limit.
   *
   * @throws TooManyRequests
   */
  async consume(name: RateLimitName, key: string): Promise<void> {
    await Promise.all(
      this.limiters.get(name)!.map(({ window, store }) =>
        store.consume(key).catch((refusal: unknown) => {
          if (refusal instanceof RateLimiterRes) throw this.refuse(name, window, refusal);
          throw refusal;
        }),
      ),
    );
  }

  /**
   * Refuses when the limit is used up already; counts nothing.
   *
   * @throws TooManyRequests
   */
  async check(name: RateLimitName, key: string): Promise<void> {
    await Promise.all(
      this.limiters.get(name)!.map(async ({ window, store }) => {
        const state = await store.get(key);
        if (state !== null && state.consumedPoints >= window.points) {
          throw this.refuse(name, window, state);
        }
      }),
    );
  }

  /** Counts one that happened. */
  async record(name: RateLimitName, key: string): Promise<void> {
    await Promise.all(this.limiters.get(name)!.map(({ store }) => store.penalty(key)));
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }

  private refuse(name: RateLimitName, window: Window, { msBeforeNext }: RateLimiterRes): TooManyRequests {
    this.metrics.rateLimited.inc({ limit: name });
    return new TooManyRequests(name, window, msBeforeNext);
  }

  private createStore(name: string, { points, seconds }: Window): RateLimiterAbstract {
    const options = { keyPrefix: `limit:${name}:${seconds}`, points, duration: seconds };
    const memory = new RateLimiterMemory(options);
    if (this.redis === undefined) return memory;
    return new RateLimiterRedis({
      ...options,
      storeClient: this.redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: memory,
    });
  }
}
