// Whether the service keeps anything of a registration that is over: 100,000 registrations at cost 4, while memory, heap
// and handles are looked at every two seconds.
//
// How to read it: the slopes, of the second half (the first fills caches and compiles), as MiB or handles for each 10,000
// registrations, with half of the 95 % interval. A leak has a slope whose interval does not reach zero and a heap whose
// floor rises too: "floor" is the least heap of each tenth, what is left after collecting.
//
//   node bench/soak.mjs [--registrations 100000] [--connections 16] [--redis] [--no-durable] [--json file]
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { install } from './parts/install.mjs';
import { openHandles, residentMiB } from './parts/memory.mjs';
import { number } from './parts/options.mjs';
import { preparePlace } from './parts/place.mjs';
import { run } from './parts/programs.mjs';
import { Results } from './parts/results.mjs';
import { endOnSignals } from './parts/signals.mjs';
import { slope } from './parts/statistics.mjs';
import { table } from './parts/table.mjs';

const INTERVAL_MS = 2_000;

/**
 * @typedef {object} Sample
 * @property {number} done registrations so far
 * @property {number} resident MiB
 * @property {number} heap MiB
 * @property {number} external MiB, outside of V8's heap
 * @property {number} handles open files and sockets
 * @property {number} resources timers, sockets and such that Node counts
 */

const { values } = parseArgs({
  options: {
    registrations: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '16' },
    redis: { type: 'boolean', default: false },
    'no-durable': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const amount = number('registrations', values.registrations);
const connections = number('connections', values.connections);

/**
 * @param {string} text of /metrics
 * @param {string} name
 */
const metric = (text, name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);

/** @type {Sample[]} */
const samples = [];
let done = 0;

/** @param {import('./parts/programs.mjs').Server} server */
async function look({ pid, url }) {
  const text = await (await fetch(`${url}/metrics`)).text();
  samples.push({
    done,
    resident: residentMiB(pid),
    heap: metric(text, 'nodejs_heap_size_used_bytes') / 2 ** 20,
    external: metric(text, 'nodejs_external_memory_bytes') / 2 ** 20,
    handles: openHandles(pid),
    resources: metric(text, 'nodejs_active_resources_total'),
  });
}

/**
 * @param {import('./parts/programs.mjs').Server} server
 * @param {AbortSignal} end
 */
async function lookUntil(server, end) {
  while (!end.aborted) {
    await look(server);
    await delay(INTERVAL_MS, undefined, { signal: end }).catch(() => undefined);
  }
}

/** @param {import('./parts/programs.mjs').Server} server */
async function registerAll(server) {
  const end = new AbortController();
  const looking = lookUntil(server, end.signal);
  const plan = {
    url: server.url,
    dialect: 'service',
    tag: 'soak',
    connections,
    warmSeconds: 0,
    seconds: 0,
    amount,
  };
  const result = await run('processes/load.mjs', { ...plan, progress: true }, (line) => {
    done = JSON.parse(line).done ?? done;
  });
  end.abort();
  await looking;
  await delay(10_000);
  done = result.succeededInAll;
  await look(server);
  return result;
}

/** The least heap of each tenth. */
function floors() {
  return Array.from({ length: 10 }, (_, tenth) => {
    const within = samples.filter((sample) => Math.floor((10 * sample.done) / (amount + 1)) === tenth);
    return within.length === 0 ? '–' : Math.min(...within.map(({ heap }) => heap)).toFixed(1);
  });
}

endOnSignals();
install({ betterAuth: false });
const results = new Results();
const place = await preparePlace({ durable: !values['no-durable'], dialects: ['service'] });
const turn = await place.open(values.redis ? 'service-redis' : 'service');
try {
  const server = await turn.start({ cost: 4 });
  const { perSecond, refused, broken } = await registerAll(server);
  await server.stop();
  const second = samples.filter((sample) => sample.done >= amount / 2).slice(0, -1);
  const rows = /** @type {const} */ (['resident', 'heap', 'external', 'handles', 'resources']).map((key) => {
    const { slope: rise, error } = slope(
      second.map((sample) => ({ x: sample.done / 10_000, y: sample[key] })),
    );
    const shown = [samples[0], second[0], second.at(-1), samples.at(-1)].map(
      (one) => one?.[key].toFixed(1) ?? '–',
    );
    return [key, ...shown, `${rise.toFixed(2)} ± ${error.toFixed(2)}`];
  });
  console.log(
    `\n${done} registrations, ${perSecond.toFixed(1)} a second; refused ${JSON.stringify(refused)}, broken ${broken}\n`,
  );
  console.log(table(['MiB, or how many', 'at rest', 'half', 'end', '10 s later', 'for each 10,000'], rows));
  console.log(`\nFloor of the heap, MiB, by tenths: ${floors().join(' ')}`);
  console.log(`Figures: ${results.write('soak', values.json, { samples })}`);
} finally {
  await turn.close();
  await place.stop();
}
