import { describe } from '@jest/globals';
import { redisAvailable, startRedis } from '../../dev/redis.mjs';
import { describeNotRun } from './not-run.js';

export { startRedis };
export type Redis = Awaited<ReturnType<typeof startRedis>>;

/**
 * A suite that needs a real redis-server on the PATH. A machine without one says so; with CI=true that is a
 * failure.
 */
export function describeWithRedis(name: string, suite: () => void): void {
  if (redisAvailable()) {
    describe(name, suite);
    return;
  }
  describeNotRun(name, 'redis-server');
}

/** Both queue backends, where a promise must hold on each. */
export function describeOnBothBackends(
  name: string,
  suite: (startBackend: () => Promise<Backend>) => void,
): void {
  describe(`${name}, queue on PostgreSQL`, () =>
    suite(async () => ({ variables: {}, stop: async () => undefined })));
  describeWithRedis(`${name}, queue on Redis`, () =>
    suite(async () => {
      const redis = await startRedis();
      return { variables: { REDIS_URL: redis.url }, stop: redis.stop };
    }),
  );
}

/** The same, where a rig brings what the backend needs. */
export function describeOnEachQueue(name: string, suite: (backend: 'postgres' | 'redis') => void): void {
  describe(`${name}, queue on PostgreSQL`, () => suite('postgres'));
  describeWithRedis(`${name}, queue on Redis`, () => suite('redis'));
}

/** What a service needs for one of the backends. */
export interface Backend {
  variables: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}
