import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where Linux says how much of the processors a control group may use: quota and period, microseconds. */
const CPU_MAX = '/sys/fs/cgroup/cpu.max';

/**
 * How many passwords to hash at once, at least 1: one more than there are cores, so that none of them waits for the event
 * loop between two passwords. A container's CPU limit is kept to, because what is used up early in a period stops the event
 * loop, too (docs/decisions.md). Node 20 (libuv before 1.49) only sees the machine's cores.
 *
 * @param file of cgroup version 2; absent elsewhere
 */
export function defaultHashThreads(file = CPU_MAX): number {
  const [quota, period] = readCpuMax(file).split(' ').map(Number);
  if (!quota || !period) return availableParallelism() + 1;
  return Math.min(availableParallelism(), Math.ceil(quota / period));
}

function readCpuMax(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
