import type { Quota } from '../common/domain-error.js';

/** A limit that is reached, and when it lets the next event through. */
export interface Blocked {
  quota: Quota;
  seconds: number;
}

/**
 * Which of some rolling limits holds back the next event for longest.
 *
 * @param moments of the past events, oldest first
 * @returns undefined when the next event is allowed now
 */
export function findBlock(moments: Date[], now: Date, quotas: Quota[]): Blocked | undefined {
  const blocks = quotas.flatMap((quota) => {
    // The event that has to leave the window before there is room for one more.
    const oldest = moments.at(-quota.limit);
    const seconds = oldest === undefined ? 0 : (oldest.getTime() - now.getTime()) / 1_000 + quota.seconds;
    return seconds > 0 ? [{ quota, seconds }] : [];
  });
  return blocks.toSorted((a, b) => b.seconds - a.seconds)[0];
}
