// Whether the release before this one and this one run beside each other on the schema of this one, as in an upgrade
// and on the way back (docs/operations.md, "Upgrades"). Needs git, npm, a build of this release (npm run build) and, for
// the queue on Redis, redis-server.
//
//   npm run test:upgrade             from the newest tag vX.Y.Z; says so and ends with 0 when there is none yet
//   npm run test:upgrade -- <ref>    from any commit
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { redisAvailable, startRedis } from '../dev/redis.mjs';
import { travel } from './upgrade/journey.mjs';
import { buildRelease, editedMigrations, isShallow, releaseBefore } from './upgrade/release.mjs';

const PROJECT = resolve(import.meta.dirname, '..');

/** @param {string} ref */
function check(ref) {
  const edited = editedMigrations(PROJECT, ref);
  if (edited.length > 0)
    throw new Error(`${ref} has these migrations, which must not change any more: ${edited.join(', ')}`);
  if (!existsSync(join(PROJECT, 'dist/main.js'))) throw new Error('this release is not built: npm run build');
}

/**
 * On each backend of the queue.
 * @param {string} ref
 * @param {string} folder where that release is built
 */
async function upgrade(ref, folder) {
  const old = { name: 'old', folder };
  const ours = { name: 'new', folder: PROJECT };
  console.log(`From ${ref}, queue on PostgreSQL`);
  await travel(old, ours, undefined);
  if (!redisAvailable()) {
    if (process.env.CI === 'true') throw new Error('the queue on Redis needs redis-server on the PATH');
    console.log('The queue on Redis was not tried: there is no redis-server on the PATH');
    return;
  }
  console.log(`From ${ref}, queue on Redis`);
  const redis = await startRedis();
  try {
    await travel(old, ours, redis.url);
  } finally {
    await redis.stop();
  }
}

async function main() {
  const ref = process.argv[2] ?? releaseBefore(PROJECT);
  if (ref === undefined) {
    if (isShallow(PROJECT)) throw new Error('this clone may lack tags: git fetch --unshallow --tags');
    console.log('There is no release before this one yet, so there is nothing to upgrade from.');
    return;
  }
  check(ref);
  console.log(`Building ${ref}`);
  const { folder, remove } = buildRelease(PROJECT, ref);
  try {
    await upgrade(ref, folder);
  } finally {
    remove();
  }
}

main().catch((/** @type {unknown} */ error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
