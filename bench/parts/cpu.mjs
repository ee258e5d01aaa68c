// Processor time that a process has used, of itself and of those below it: steadier than any rate on a machine that is not
// quiet, because waiting for a core does not count.
import { readFileSync, readdirSync } from 'node:fs';

const TICK_MS = 10;

/**
 * @param {string} pid
 * @returns {{ parent: number, own: number, ended: number } | undefined} milliseconds; `ended`: of children that are gone
 */
function read(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map(
      (i) => fields[i],
    );
    return { parent, own: TICK_MS * (user + system), ended: TICK_MS * (childUser + childSystem) };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

/**
 * @param {number} pid
 * @returns {number} milliseconds; NaN where the system does not tell (elsewhere than on Linux)
 */
export function processorMs(pid) {
  if (process.platform !== 'linux') return NaN;
  let sum = 0;
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const times = read(name);
    if (times === undefined) continue;
    if (Number(name) === pid) sum += times.own + times.ended;
    else if (times.parent === pid) sum += times.own;
  }
  return sum;
}
