import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @param {string} file
 * @returns {number | undefined} the process id on its first line
 */
function pidIn(file) {
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return pid > 0 ? pid : undefined;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Whether that process is the server of that folder, and not one that was given a dead server's number.
 * @param {number} pid
 * @param {string} data
 */
function isServerOf(pid, data) {
  if (!isAlive(pid)) return false;
  try {
    if (process.platform === 'linux') return resolve(readlinkSync(`/proc/${pid}/cwd`)) === resolve(data);
    if (process.platform === 'win32') return true;
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(data);
  } catch {
    return false;
  }
}

/** @param {string} data */
const ownerFile = (data) => `${data}.owner`;

/**
 * Says in a file beside the data which process of ours uses it.
 * @param {string} data
 */
export function own(data) {
  writeFileSync(ownerFile(data), `${process.pid}\n`);
}

/**
 * Takes that file back.
 * @param {string} data
 */
export function disown(data) {
  rmSync(ownerFile(data), { force: true });
}

/**
 * Makes kept data usable after whatever happened before. A server left over by a killed owner is ended in order; a
 * lock file whose process is gone, or is somebody else by now, is removed; a server in use is a clear error.
 * @param {string} data
 */
export async function clearStaleLock(data) {
  const file = join(data, 'postmaster.pid');
  const pid = pidIn(file);
  if (pid === undefined) return;
  const owner = pidIn(ownerFile(data));
  if (isServerOf(pid, data) && owner !== undefined && owner !== process.pid && isAlive(owner)) {
    throw new Error(`the database in ${data} is in use by process ${owner}: npm run dev is running already`);
  }
  for (let waited = 0; isServerOf(pid, data); waited += 50) {
    if (waited === 0) process.kill(pid, 'SIGINT');
    if (waited === 5_000) process.kill(pid, 'SIGQUIT');
    if (waited > 15_000) throw new Error(`an older database server, process ${pid}, does not end`);
    await sleep(50);
  }
  rmSync(file, { force: true });
}
