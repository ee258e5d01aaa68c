// What the benchmark needs beside the service: a build of it, and the packages of this folder and of the contestants that
// have their own, installed by `npm ci` when they are not there or not those of the lock file.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BETTER_AUTH, PROJECT } from '../contestants/contestants.mjs';

/** @param {string} path */
const writtenAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** @param {string} folder */
function installPackages(folder) {
  if (
    writtenAt(join(folder, 'node_modules/.package-lock.json')) >= writtenAt(join(folder, 'package-lock.json'))
  )
    return;
  console.error(`npm ci in ${folder}`);
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`);
}

/**
 * @param {{ betterAuth: boolean }} wanted
 */
export function install({ betterAuth }) {
  if (!existsSync(join(PROJECT, 'dist/main.js'))) throw new Error('there is no build: npm run build');
  installPackages(join(PROJECT, 'bench'));
  if (betterAuth) installPackages(BETTER_AUTH);
}
