/** Waits after the first, second, ... refusal; the last one repeats (RFC 5321 section 4.5.4.1, but sooner at first). */
const waitsSeconds = [5, 15, 60, 120, 300, 900, 1_800, 3_600];

/** A day, as long as the slowest sensible sender of mail tries. */
const HORIZON_SECONDS = 86_400;

/**
 * @param attempts made so far, from 1
 * @returns seconds to wait, with 20 % of jitter so that many mails do not come back at once
 */
export function retryDelaySeconds(attempts: number, random: () => number = Math.random): number {
  const wait = waitsSeconds[Math.min(attempts, waitsSeconds.length) - 1]!;
  return wait * (0.8 + 0.4 * random());
}

/** @returns true when trying has gone on for long enough */
export function isTooOld(ageSeconds: number): boolean {
  return ageSeconds > HORIZON_SECONDS;
}
