import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is there: the one way in which a test waits.
 *
 * @param ask returns undefined or false, or throws, while it is not so yet
 */
export async function eventually<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { within = 10_000, what = 'it' }: { within?: number; what?: string } = {},
): Promise<T> {
  const deadline = Date.now() + within;
  let failure: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline)
      throw new Error(`${what} did not happen within ${within} ms`, { cause: failure });
    await delay(20);
  }
}
