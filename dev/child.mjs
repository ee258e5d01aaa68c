import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from './guard.mjs';

/**
 * A child process that never outlives this one.
 * @typedef {object} Child
 * @property {import('node:child_process').ChildProcess} process
 * @property {number} pid
 * @property {Promise<string>} ended resolves with "code 1" or "signal SIGKILL", never rejects
 * @property {() => boolean} isRunning
 * @property {(graceMs?: number) => Promise<void>} stop signals, waits, kills after the grace; harmless a second time
 *
 * @typedef {object} ChildOptions
 * @property {NodeJS.Signals} [stopSignal] asks the child to end in order; SIGTERM unless given
 * @property {string} [throwAway] a folder that is of no use after the child
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {'pipe' | 'inherit' | 'ignore'} [output] where stdout and stderr go; pipe unless given
 */

/** @type {Set<{ pid: number, signal: NodeJS.Signals }>} */
const running = new Set();

process.on('exit', () => {
  for (const { pid, signal } of running) send(pid, signal);
});

/**
 * @param {number} pid negative for a whole process group
 * @param {NodeJS.Signals} signal
 */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}

/**
 * Starts a program in a process group of its own: Ctrl-C in the terminal reaches us alone, and we end our children
 * in the right order. Three nets catch the ways we can go: `stop()`, our exit hook, and the guard for a SIGKILL.
 * @param {string} command
 * @param {string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<Child>}
 */
export async function startChild(command, args, options = {}) {
  const { stopSignal = 'SIGTERM', throwAway, output = 'pipe', ...rest } = options;
  const child = spawn(command, args, { ...rest, detached: true, stdio: ['ignore', output, output] });
  await new Promise((resolve, reject) => child.once('spawn', () => resolve(undefined)).once('error', reject));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  const entry = { pid, signal: stopSignal };
  running.add(entry);
  const releaseGuard = guard(pid, stopSignal, throwAway);

  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(entry);
      releaseGuard();
      resolve(signal ? `signal ${signal}` : `code ${code}`);
    });
  });
  const isRunning = () => running.has(entry);
  const stop = async (graceMs = 5_000) => {
    if (!isRunning()) return;
    send(pid, stopSignal);
    const timer = new AbortController();
    await Promise.race([ended, sleep(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    if (isRunning()) send(-pid, 'SIGKILL');
    await ended;
  };
  return { process: child, pid, ended, isRunning, stop };
}
