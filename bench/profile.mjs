// Reads CPU profiles (`node bench/run.mjs --profile`, or `node --cpu-prof`) and says where the time went, of that in which
// the thread was busy: by package, and the functions that take most themselves. Idle threads (hashing aside) are shown
// with what little they did.
//
//   node bench/profile.mjs <file.cpuprofile>... [--top 25]
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from './parts/table.mjs';

/**
 * @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }} ProfileNode
 * @typedef {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[] }} Profile
 */

const IDLE = new Set(['(idle)', '(program)', '(root)']);

/** @param {string} url */
function packageOf(url) {
  if (url === '') return '(native and V8)';
  if (url.startsWith('node:')) return url.split('/').slice(0, 3).join('/');
  const inside = url.lastIndexOf('node_modules/');
  if (inside >= 0) {
    const [first = '', second] = url.slice(inside + 'node_modules/'.length).split('/');
    return first.startsWith('@') ? `${first}/${second}` : first;
  }
  return /dist\/[^/]+/.exec(url)?.[0] ?? basename(url);
}

/** @param {number} microseconds */
const seconds = (microseconds) => (microseconds / 1e6).toFixed(1);

/**
 * @param {Map<string, number>} sums
 * @param {number} whole
 * @param {number} top
 */
function most(sums, whole, top) {
  const sorted = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, top);
  return sorted.map(([name, time]) => [name, `${((100 * time) / whole).toFixed(1)} %`]);
}

/**
 * @param {string} file
 * @param {number} top
 */
function show(file, top) {
  /** @type {Profile} */
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  /** @type {Map<string, number>} */
  const packages = new Map();
  /** @type {Map<string, number>} */
  const functions = new Map();
  let busy = 0;
  let whole = 0;
  for (const [i, id] of samples.entries()) {
    const frame = byId.get(id);
    const time = timeDeltas[i] ?? 0;
    whole += time;
    if (frame === undefined || IDLE.has(frame.functionName)) continue;
    busy += time;
    const owner = packageOf(frame.url);
    const name = `${frame.functionName || '(anonymous)'} ${owner} ${basename(frame.url)}:${frame.lineNumber + 1}`;
    packages.set(owner, (packages.get(owner) ?? 0) + time);
    functions.set(name, (functions.get(name) ?? 0) + time);
  }
  console.log(`\n${basename(file)}: busy ${seconds(busy)} of ${seconds(whole)} s\n`);
  console.log(table(['package', 'share'], most(packages, busy, top)));
  console.log(`\n${table(['function', 'share'], most(functions, busy, top))}`);
}

const { values, positionals } = parseArgs({
  options: { top: { type: 'string', default: '25' } },
  allowPositionals: true,
});
for (const file of positionals) show(file, Number(values.top));
