import { spawnSync } from 'node:child_process';
import { startChild } from './child.mjs';
import { freePort } from './ports.mjs';
import { recentLines, waitForLine } from './output.mjs';

const server = () => process.env.REDIS_SERVER ?? 'redis-server';

/**
 * Whether this machine has a redis-server (on the PATH, or where REDIS_SERVER says).
 * @returns {boolean}
 */
export function redisAvailable() {
  return spawnSync(server(), ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * A real redis-server on the loopback. It keeps nothing unless it is given a directory.
 * @param {{ port?: number, directory?: string, settings?: string[] }} [options] `settings`: more of the command line
 * @returns {Promise<{ url: string, pid: number, port: number, stop: () => Promise<void> }>}
 */
export async function startRedis(options = {}) {
  if (!redisAvailable())
    throw new Error(`${server()} is not installed (Debian: apt-get install redis-server)`);
  const port = options.port ?? (await freePort());
  const network = ['--port', String(port), '--bind', '127.0.0.1'];
  const keeping = options.directory
    ? ['--dir', options.directory, '--appendonly', 'yes']
    : ['--appendonly', 'no'];
  const fixed = ['--save', '', '--maxmemory-policy', 'noeviction', '--daemonize', 'no', '--logfile', ''];
  const child = await startChild(server(), [...network, ...keeping, ...fixed, ...(options.settings ?? [])]);
  const lines = recentLines(child);
  if (!(await waitForLine(child, /ready to accept connections/i, 10_000))) {
    await child.stop();
    throw new Error(`redis-server did not start on port ${port}:\n${lines().join('\n')}`);
  }
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, port, stop: () => child.stop() };
}
