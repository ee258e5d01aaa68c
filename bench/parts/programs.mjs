// Programs of the benchmark as processes of their own, that never outlive it (dev/child.mjs).
import { fileURLToPath } from 'node:url';
import { startChild } from '../../dev/child.mjs';
import { eachLine, recentLines } from '../../dev/output.mjs';
import { becomesReady, runToEnd } from '../../dev/program.mjs';

/**
 * Runs a program of this folder that prints its result as its last line.
 * @param {string} path from `bench/`
 * @param {object} plan its argument
 * @param {(line: string) => void} [onLine]
 * @returns {Promise<any>} the result
 */
export async function run(path, plan, onLine) {
  const program = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const lines = await runToEnd(path, [program, JSON.stringify(plan)], {}, onLine);
  return JSON.parse(lines.at(-1) ?? 'null');
}

/**
 * Starts a program of this folder that stays, and says in its first line how it is reached.
 * @param {string} path from `bench/`
 * @returns {Promise<{ said: any, stop: () => Promise<void> }>}
 */
export async function startHelper(path) {
  const program = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const child = await startChild(process.execPath, [program]);
  const said = await Promise.race([
    new Promise((/** @type {(line: string) => void} */ resolve) => eachLine(child, resolve)),
    child.ended.then((why) => Promise.reject(new Error(`${path} ended with ${why}`))),
  ]);
  return { said: JSON.parse(said), stop: () => child.stop() };
}

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {number} pid
 * @property {number} readyMs from the start of the process to the first good answer
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a server and waits until it is ready.
 * @param {string[]} command program and arguments, for Node
 * @param {{ env: NodeJS.ProcessEnv, ready: string, cwd?: string }} options
 * @returns {Promise<Server>}
 */
export async function startServer(command, { env, ready, cwd }) {
  const startedAt = performance.now();
  const child = await startChild(process.execPath, command, { env, cwd });
  const lines = recentLines(child);
  const url = `http://127.0.0.1:${env.PORT}`;
  if (!(await becomesReady(child, `${url}${ready}`))) {
    throw new Error(`${command[0]} ended before it was ready:\n${lines().join('\n')}`);
  }
  const readyMs = performance.now() - startedAt;
  return { url, pid: child.pid, readyMs, stop: () => child.stop(25_000) };
}
