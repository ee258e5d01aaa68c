import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';

/**
 * The operating-system user that PostgreSQL runs as; undefined is ourselves.
 * @typedef {{ uid: number, gid: number } | undefined} Account
 */

/** Whether we are root, whom PostgreSQL refuses to run for. */
export const isRoot = () => process.getuid?.() === 0;

/**
 * @param {string} flag
 * @param {string} name
 */
const id = (flag, name) =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));

/**
 * Root hands the server to an unprivileged user: to the owner of the data if there is some, else to `postgres`, else
 * to `nobody`. No user is created: a development server should not change the machine.
 * @param {string} data the data folder
 * @returns {Account}
 */
export function serverAccount(data) {
  if (!isRoot()) return undefined;
  if (existsSync(data)) {
    const { uid, gid } = statSync(data);
    if (uid !== 0) return { uid, gid };
  }
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', name), gid: id('-g', name) };
    } catch {
      // No such user here: try the next.
    }
  }
  throw new Error('PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody');
}

/**
 * Whether that user can walk down to a path. Asked of the system itself, so that it is right about ACLs and mounts too.
 * @param {Account} account
 * @param {string} path
 * @returns {boolean}
 */
export function canReach(account, path) {
  return (
    account === undefined || spawnSync('test', ['-x', path], { ...account, stdio: 'ignore' }).status === 0
  );
}

/**
 * Makes a folder that the account owns and nobody else reads, inside one that everybody can walk through.
 * @param {Account} account
 * @param {string} parent
 * @param {string} folder
 */
export function makePrivate(account, parent, folder) {
  mkdirSync(parent, { recursive: true });
  if (account) chmodSync(parent, 0o755);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
}
