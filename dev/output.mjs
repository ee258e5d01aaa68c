import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('./child.mjs').Child} Child */

/**
 * Calls back with each line that a child writes, on either stream.
 * @param {Child} child
 * @param {(line: string) => void} onLine
 */
export function eachLine(child, onLine) {
  for (const stream of [child.process.stdout, child.process.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', onLine);
  }
}

/**
 * Keeps the child's last lines, for the message when something went wrong; also keeps its pipes from filling up.
 * @param {Child} child
 * @param {number} [limit]
 * @returns {() => string[]}
 */
export function recentLines(child, limit = 15) {
  /** @type {string[]} */
  const lines = [];
  eachLine(child, (line) => {
    lines.push(line);
    if (lines.length > limit) lines.shift();
  });
  return () => [...lines];
}

/**
 * Waits until the child writes a line like that; false when it ended or the time ran out first.
 * @param {Child} child
 * @param {RegExp} pattern
 * @param {number} timeoutMs
 * @returns {Promise<boolean>}
 */
export async function waitForLine(child, pattern, timeoutMs) {
  const timer = new AbortController();
  const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  /** @type {Promise<boolean>} */
  const seen = new Promise((resolve) => eachLine(child, (line) => pattern.test(line) && resolve(true)));
  const result = await Promise.race([seen, late, child.ended.then(() => false)]);
  timer.abort();
  return result;
}
