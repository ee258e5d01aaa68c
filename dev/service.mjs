import { startChild } from './child.mjs';
import { becomesReady, runToEnd } from './program.mjs';
import { PROJECT } from './settings.mjs';

/**
 * @typedef {import('./child.mjs').Child} Child
 * @typedef {object} Service
 * @property {() => Promise<void>} restart starts it, or ends the running one first; calls queue up
 * @property {() => Promise<void>} stop
 */

const STOP_GRACE_MS = 5_000;

/**
 * Applies `migrations/` with the service's own command.
 * @param {NodeJS.ProcessEnv} env
 */
export async function migrate(env) {
  await runToEnd('the migrations', ['dist/migrate.js'], { cwd: PROJECT, env });
}

/**
 * The API as a process that is replaced at each good compile.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} readyUrl
 * @param {{ onReady: (ms: number) => void, onDown: (why: string, wasReady: boolean) => void }} events
 * @returns {Service}
 */
export function makeService(env, readyUrl, { onReady, onDown }) {
  /** @type {Child | undefined} */
  let current;
  let stopped = false;
  /** @type {Promise<void>} */
  let queue = Promise.resolve();

  /** @param {Child} child */
  const follow = async (child) => {
    const startedAt = performance.now();
    const ready = await becomesReady(child, readyUrl);
    if (ready) onReady(performance.now() - startedAt);
    const why = await child.ended;
    if (child === current) onDown(why, ready);
  };
  const replace = async () => {
    const old = current;
    current = undefined;
    await old?.stop(STOP_GRACE_MS);
    if (stopped) return;
    const args = ['--enable-source-maps', 'dist/main.js'];
    current = await startChild(process.execPath, args, {
      cwd: PROJECT,
      env,
      output: 'inherit',
      stopSignal: 'SIGINT', // to SIGTERM it gives load balancers time to look away
    });
    void follow(current);
  };
  return {
    restart: () => (queue = queue.then(replace)),
    stop: async () => {
      stopped = true;
      const last = current;
      current = undefined;
      await last?.stop(STOP_GRACE_MS);
      await queue;
    },
  };
}
