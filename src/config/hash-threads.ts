import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where Linux says how much of the processors a control group may use: quota and period, microseconds. */
const CPU_MAX = '/sys/fs/cgroup/cpu.max';

/**
 * How many cores this process may use, at least 1. A container's CPU limit counts: Node 20 (libuv before 1.49) only
 * sees the machine's cores, and too many threads are throttled all together.
 *
 * @param file of cgroup version 2; absent elsewhere
 */
export function usableCores(file = CPU_MAX): number {
  const [quota, period] = readCpuMax(file).split(' ').map(Number);
  const share = quota && period ? Math.ceil(quota / period) : Infinity;
  return Math.max(1, Math.min(availableParallelism(), share));
}

function readCpuMax(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
