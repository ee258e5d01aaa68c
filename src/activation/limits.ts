/** Rolling windows, newest limits first: at most `max` events in any `seconds`. */
export interface RollingLimit {
  max: number;
  seconds: number;
}

/**
 * When the next event is allowed under rolling limits.
 *
 * @param moments of the past events, oldest first
 * @returns seconds from `now`, 0 when it is allowed already
 */
export function secondsUntilAllowed(moments: Date[], now: Date, limits: RollingLimit[]): number {
  const waits = limits.map(({ max, seconds }) => {
    // The event that has to leave the window before there is room for one more.
    const blocking = moments.at(-max);
    return blocking === undefined ? 0 : (blocking.getTime() - now.getTime()) / 1000 + seconds;
  });
  return Math.max(0, ...waits);
}
