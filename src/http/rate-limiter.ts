import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '../common/domain-error.js';
import { inTime } from '../common/in-time.js';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { connectRedis } from '../redis/connect-redis.js';
import { BoundedMemory } from './bounded-memory.js';
import { type RateLimitName, type Window, rateLimits } from './rate-limits.js';

/** The most that a Redis that is away may add to a request, milliseconds. */
const REDIS_PATIENCE_MS = 40;

/** How long it is left alone then, milliseconds: a request asks several times, and each would wait anew. */
const REDIS_PAUSE_MS = 1_000;

/** This client, or everybody together, has asked too often. */
export class TooManyRequests extends DomainError {
  constructor(name: string, { points, seconds }: Window, waitMs: number) {
    super('too-many-requests', 'There were too many requests. Please wait a moment.', {
      retryAfter: waitMs / 1_000,
      quota: { name, limit: points, seconds },
    });
  }
}

/** One window of a limit, and where it is counted. */
interface Limiter {
  window: Window;
  inProcess: BoundedMemory;
  shared: RateLimiterRedis | undefined;
}

/** How one window stands; null for a key that was never counted. */
interface State {
  window: Window;
  count: RateLimiterRes | null;
}

type Question = (store: RateLimiterAbstract) => Promise<RateLimiterRes | null>;

/**
 * Counts in Redis, for all replicas together; in this process while Redis is away or when there is none. It never
 * fails a request: the limits that guard codes are rows in PostgreSQL (activation) and do not depend on it.
 */
@Injectable()
export class RateLimiter implements OnApplicationShutdown {
  private readonly redis: Redis | undefined;
  private readonly limiters: Map<RateLimitName, Limiter[]>;
  private askRedisFrom = 0;

  constructor(
    { redisUrl }: Config,
    private readonly metrics: Metrics,
  ) {
    this.redis = redisUrl === undefined ? undefined : connectRedis(redisUrl, { commandTimeout: 1_000 });
    for (const limit of Object.keys(rateLimits)) metrics.rateLimited.inc({ limit }, 0);
    this.limiters = new Map(
      Object.entries(rateLimits).map(([name, windows]) => [
        name as RateLimitName,
        windows.map((window) => createLimiter(name, window, this.redis)),
      ]),
    );
  }

  /**
   * Counts one, and refuses what is over the limit.
   *
   * @throws TooManyRequests
   */
  async consume(name: RateLimitName, key: string): Promise<void> {
    const states = await this.ask(name, (store) => store.penalty(key));
    this.refuseIf(name, states, (count, points) => count > points);
  }

  /**
   * Counts nothing.
   *
   * @returns how many there may still be, at least one
   * @throws TooManyRequests
   */
  async remaining(name: RateLimitName, key: string): Promise<number> {
    const states = await this.ask(name, (store) => store.get(key));
    this.refuseIf(name, states, (count, points) => count >= points);
    return Math.min(...states.map(({ window, count }) => window.points - (count?.consumedPoints ?? 0)));
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }

  /** When several windows are full, the one that stays full longest is told: before that no try succeeds. */
  private refuseIf(name: RateLimitName, states: State[], isFull: (count: number, points: number) => boolean) {
    const [longest] = states
      .filter(({ window, count }) => isFull(count?.consumedPoints ?? 0, window.points))
      .toSorted((a, b) => b.count!.msBeforeNext - a.count!.msBeforeNext);
    if (longest === undefined) return;
    this.metrics.rateLimited.inc({ limit: name });
    throw new TooManyRequests(name, longest.window, longest.count!.msBeforeNext);
  }

  private ask(name: RateLimitName, question: Question): Promise<State[]> {
    return Promise.all(
      this.limiters.get(name)!.map(async ({ window, shared, inProcess }) => {
        const count = shared && this.mayAskRedis() ? await this.askRedis(shared, question) : undefined;
        return { window, count: count === undefined ? await question(inProcess) : count };
      }),
    );
  }

  private mayAskRedis(): boolean {
    return this.redis?.status === 'ready' && performance.now() >= this.askRedisFrom;
  }

  /** @returns undefined when there is no answer in time */
  private async askRedis(store: RateLimiterRedis, question: Question) {
    try {
      return await inTime(REDIS_PATIENCE_MS, question(store));
    } catch {
      this.askRedisFrom = performance.now() + REDIS_PAUSE_MS;
      return undefined;
    }
  }
}

function createLimiter(name: string, window: Window, redis: Redis | undefined): Limiter {
  const options = {
    keyPrefix: `limit:${name}:${window.seconds}`,
    points: window.points,
    duration: window.seconds,
  };
  return {
    window,
    inProcess: new BoundedMemory(options),
    shared: redis && new RateLimiterRedis({ ...options, storeClient: redis }),
  };
}
