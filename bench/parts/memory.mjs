// What a process holds: resident memory, and open handles where the system tells them (Linux).
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * @param {number} pid
 * @returns {number} MiB
 */
export function residentMiB(pid) {
  if (process.platform === 'linux') {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/**
 * @param {number} pid
 * @returns {number} NaN where it cannot be told
 */
export function openHandles(pid) {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : NaN;
}

/**
 * Looks four times a second.
 * @param {number} pid
 * @returns {() => number} ends the looking and says the most, MiB
 */
export function watchPeak(pid) {
  let peak = residentMiB(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentMiB(pid))), 250);
  return () => {
    clearInterval(timer);
    return peak;
  };
}
