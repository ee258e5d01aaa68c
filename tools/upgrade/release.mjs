// What git knows of releases: a release is a tag vX.Y.Z.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TAGS = 'v[0-9]*.[0-9]*.[0-9]*';

/**
 * @param {string} repository
 * @param {string[]} words
 */
function git(repository, ...words) {
  return execFileSync('git', words, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * @param {string} repository
 * @param {string} commit
 * @returns {string | undefined}
 */
function newestTag(repository, commit) {
  const words = ['describe', '--tags', '--abbrev=0', '--match', TAGS, commit];
  const { status, stdout } = spawnSync('git', words, { cwd: repository, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * The release before what the folder holds; undefined when there is none yet.
 * @param {string} repository
 * @returns {string | undefined}
 */
export function releaseBefore(repository) {
  const tag = newestTag(repository, 'HEAD');
  if (tag === undefined) return undefined;
  const isSame = spawnSync('git', ['diff', '--quiet', tag], { cwd: repository }).status === 0;
  const isThis = isSame && git(repository, 'status', '--porcelain') === ''; // a new file is no difference to git
  return isThis ? newestTag(repository, `${tag}^`) : tag;
}

/**
 * Whether this clone may lack tags.
 * @param {string} repository
 */
export function isShallow(repository) {
  return git(repository, 'rev-parse', '--is-shallow-repository').trim() === 'true';
}

/**
 * Migrations of a release that are different or gone now: databases that have them would never get the difference.
 * @param {string} repository
 * @param {string} release
 * @returns {string[]} their paths
 */
export function editedMigrations(repository, release) {
  const changed = ['diff', '--name-only', '--no-renames', '--diff-filter=a', release, '--', 'migrations'];
  return git(repository, ...changed)
    .split('\n')
    .filter(Boolean);
}

/**
 * Builds a release in a folder of its own.
 * @param {string} repository
 * @param {string} release
 * @returns {{ folder: string, remove: () => void }}
 */
export function buildRelease(repository, release) {
  const folder = mkdtempSync(join(tmpdir(), 'registration-api-release-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const input = execFileSync('git', ['archive', release], { cwd: repository, maxBuffer: 2 ** 30 });
    execFileSync('tar', ['-x', '-C', folder], { input });
    installPackages(repository, folder);
    execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: 'pipe' });
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * @param {string} repository
 * @param {string} folder
 */
function installPackages(repository, folder) {
  const installed = join(repository, 'node_modules');
  if (existsSync(installed) && lockOf(folder) === lockOf(repository)) {
    symlinkSync(installed, join(folder, 'node_modules'));
    return;
  }
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, stdio: 'pipe' });
}

/** @param {string} folder */
function lockOf(folder) {
  return readFileSync(join(folder, 'package-lock.json'), 'utf8');
}
