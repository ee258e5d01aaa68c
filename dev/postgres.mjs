import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { freePort } from './ports.mjs';
import { createOnce, LOGIN, startServer } from './postgres/cluster.mjs';
import { clearStaleLock, disown, own } from './postgres/lock.mjs';
import { keptPlace, serverFolder, throwAwayPlace } from './postgres/places.mjs';

/**
 * @typedef {object} Postgres
 * @property {string} url
 * @property {number} pid
 * @property {string} data where the data is; not always where it was asked for, see places.mjs
 * @property {Promise<string>} ended when the server ends, asked or not: why
 * @property {() => Promise<void>} stop
 */

/**
 * A real PostgreSQL from node_modules, on the loopback; works as root and as anybody. With a directory the data stays
 * and a second start finds it, also after a crash. Without one everything is thrown away at the end.
 * @param {{ directory?: string, port?: number, durable?: boolean }} [options] `durable`: fsync; on when there is a directory
 * @returns {Promise<Postgres>}
 */
export async function startPostgres(options = {}) {
  const kept = options.directory !== undefined;
  const { data, account } = options.directory === undefined ? throwAwayPlace() : keptPlace(options.directory);
  const cluster = { server: serverFolder(account), data, account, durable: options.durable ?? kept };
  const discard = () => (kept ? disown(data) : rmSync(dirname(data), { recursive: true, force: true }));
  try {
    if (kept) await clearStaleLock(data);
    await createOnce(cluster);
    const port = options.port ?? (await freePort());
    if (kept) own(data);
    const { child } = await startServer(cluster, port);
    const stop = async () => {
      await child.stop(10_000);
      discard();
    };
    const url = `postgresql://${LOGIN}:${LOGIN}@127.0.0.1:${port}/postgres`;
    return { url, pid: child.pid, data, ended: child.ended, stop };
  } catch (error) {
    if (!kept) discard();
    throw error;
  }
}
