import { afterEach } from '@jest/globals';

/** Ends what a test started, last first, also when the test failed. */
export function useCleanup(): <T extends { stop(): Promise<unknown> }>(started: T) => T {
  const stops: Array<() => Promise<unknown>> = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });
  return (started) => {
    stops.push(() => started.stop());
    return started;
  };
}
