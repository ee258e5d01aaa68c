// One contestant under full load: how many registrations a second, how soon health answers meanwhile, what memory it
// takes at rest, at most under load and two seconds after it, and how long it needed to start.
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { processorMs } from '../parts/cpu.mjs';
import { residentMiB, watchPeak } from '../parts/memory.mjs';
import { run } from '../parts/programs.mjs';
import { resetSink, tally } from '../parts/sink.mjs';

/**
 * @typedef {object} Registration
 * @property {number} perSecond
 * @property {number} p50 of an answer, milliseconds
 * @property {number} p99
 * @property {number} healthP50 milliseconds
 * @property {number} healthP99
 * @property {number} healthMax
 * @property {number} healthFailed probes without a good answer
 * @property {number} restMiB
 * @property {number} loadMiB
 * @property {number} afterMiB
 * @property {number} readyMs
 * @property {number} cpuMs processor time of the service for each registration, with its hash and its mail
 * @property {number} postgresCpuMs the same of PostgreSQL
 * @property {number} mailedShare mails that were at the sink when the load ended, of all that were owed
 * @property {Record<string, number>} refused answers by status
 *
 * @typedef {object} Settings
 * @property {number} cost
 * @property {number} seconds
 * @property {number} warmSeconds
 * @property {number} connections
 * @property {string[]} [nodeFlags] for the contestant
 * @property {string} [tag] when the database has seen another load
 */

/** Every success is a row: what was only answered does not count. */
async function mustBeStored(
  /** @type {import('../parts/place.mjs').Turn} */ turn,
  /** @type {string} */ tag,
) {
  const client = new Client({ connectionString: turn.databaseUrl });
  await client.connect();
  const table = turn.contestant.dialect === 'service' ? 'users' : '"user"';
  const { rows } = await client.query(`select count(*)::int as stored from ${table} where email like $1`, [
    `${tag}-%`,
  ]);
  await client.end();
  return rows[0].stored;
}

/**
 * @param {import('../parts/place.mjs').Turn} turn
 * @param {import('../parts/place.mjs').Place} place
 * @param {Settings} settings
 * @returns {Promise<Registration>}
 */
export async function measureRegistration(turn, { sinkUrl, postgresPid }, settings) {
  const { cost, seconds, warmSeconds, connections, nodeFlags, tag = 'load' } = settings;
  const { contestant } = turn;
  await resetSink(sinkUrl);
  const server = await turn.start({ cost, nodeFlags });
  try {
    await delay(1_000);
    const restMiB = residentMiB(server.pid);
    const before = [processorMs(server.pid), processorMs(postgresPid)];
    const endOfWatch = watchPeak(server.pid);
    const time = { warmSeconds, seconds };
    const [load, probe] = await Promise.all([
      run('processes/load.mjs', { url: server.url, dialect: contestant.dialect, tag, connections, ...time }),
      run('processes/probe.mjs', { url: `${server.url}${contestant.health}`, ...time }),
    ]);
    const loadMiB = endOfWatch();
    const [cpu, postgresCpu] = [processorMs(server.pid), processorMs(postgresPid)];
    const mailed = (await tally(sinkUrl)).count;
    await delay(2_000);
    const stored = await mustBeStored(turn, tag);
    if (stored < load.succeededInAll)
      throw new Error(`${contestant.name}: ${load.succeededInAll} successes, but ${stored} rows`);
    return {
      perSecond: load.perSecond,
      p50: load.latency.p50,
      p99: load.latency.p99,
      healthP50: probe.latency.p50,
      healthP99: probe.latency.p99,
      healthMax: probe.latency.max,
      healthFailed: probe.failed,
      restMiB,
      loadMiB,
      afterMiB: residentMiB(server.pid),
      readyMs: server.readyMs,
      cpuMs: (cpu - (before[0] ?? NaN)) / load.succeededInAll,
      postgresCpuMs: (postgresCpu - (before[1] ?? NaN)) / load.succeededInAll,
      mailedShare: mailed / load.succeededInAll,
      refused: load.refused,
    };
  } finally {
    await server.stop();
  }
}
