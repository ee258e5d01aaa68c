import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child.mjs';
import { eachLine, recentLines } from './output.mjs';

/**
 * Runs a program of Node's to its end.
 * @param {string} what it is, for the error
 * @param {string[]} args
 * @param {import('./child.mjs').ChildOptions} [options]
 * @param {(line: string) => void} [onLine]
 * @returns {Promise<string[]>} its last lines
 */
export async function runToEnd(what, args, options, onLine) {
  const child = await startChild(process.execPath, args, options);
  const lines = recentLines(child);
  if (onLine) eachLine(child, onLine);
  const [end] = await Promise.all([child.ended, once(child.process, 'close')]); // the last line comes after the end
  if (end !== 'code 0') throw new Error(`${what} ended with ${end}:\n${lines().join('\n')}`);
  return lines();
}

/**
 * Waits until a server answers well.
 * @param {import('./child.mjs').Child} child
 * @param {string} url
 * @param {number} [withinMs]
 * @returns {Promise<boolean>} false when it ended before, or took longer
 */
export async function becomesReady(child, url, withinMs = Infinity) {
  const deadline = performance.now() + withinMs;
  while (child.isRunning() && performance.now() < deadline) {
    if (await answersWell(url)) return true;
    await sleep(10);
  }
  return false;
}

/** @param {string} url */
async function answersWell(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
