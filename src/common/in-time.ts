/**
 * Waits for an answer, but not longer than that. Time in which this process itself was too busy to read is not held
 * against whoever answers: Node runs timers before it reads what has arrived, so there is one more look after the time
 * is up. Without it a burst of requests, which is when limits matter, looks like a Redis that is away.
 *
 * @throws Error when there is none in time; what comes later is dropped
 */
export async function inTime<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Error(`no answer within ${milliseconds} ms`));
    timer = setTimeout(() => setImmediate(giveUp), milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/**
 * Runs work that ends when its signal aborts: after so many milliseconds, or with `signal`. Neither AbortSignal.any(),
 * which on Node 20 leaves an entry for ever on a signal that lives as long as the process, nor AbortSignal.timeout(), which
 * the garbage collector takes there when only the other one knows it.
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (end: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const follow = () => end.abort(signal.reason);
  const timer = setTimeout(
    () => end.abort(new Error(`timeout: not done within ${milliseconds} ms`)),
    milliseconds,
  );
  signal.addEventListener('abort', follow);
  if (signal.aborted) follow();
  try {
    return await work(end.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}

/**
 * Waits for what may be left to itself, but not longer than that. The waiting alone keeps no process alive.
 *
 * @returns undefined when the time was up
 */
export async function waitAtMost<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined).unref();
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
