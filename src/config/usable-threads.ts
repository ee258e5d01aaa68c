import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** Where Linux says how much of the processors a control group may use: quota and period, microseconds. */
const CPU_MAX = '/sys/fs/cgroup/cpu.max';

/**
 * How many cores this process may use, at least 1, and whether somebody limits it to them. A container's CPU limit counts:
 * Node 20 (libuv before 1.49) only sees the machine's cores, and too many threads are throttled all together.
 *
 * @param file of cgroup version 2; absent elsewhere
 */
export function usableCores(file = CPU_MAX): { cores: number; limited: boolean } {
  const [quota, period] = readCpuMax(file).split(' ').map(Number);
  const share = quota && period ? Math.ceil(quota / period) : Infinity;
  const cores = Math.min(availableParallelism(), share);
  return { cores, limited: share < Infinity || cores < cpus().length };
}

function readCpuMax(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** As the process was started: what an `.env` file says, which is read later, comes too late for libuv. */
const atStart = process.env['UV_THREADPOOL_SIZE'];

/** How many threads the pool of libuv has, 1 to 1024: the variable is Node's own, and read here as libuv reads it. */
export function libuvThreads(value = atStart): number {
  if (value === undefined) return 4;
  return Math.min(1024, Math.max(1, Number.parseInt(value, 10) || 1));
}
