// What was measured, by round, and the machine it was measured on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { PROJECT } from '../contestants/contestants.mjs';
import { spread } from './statistics.mjs';

/**
 * @typedef {object} Entry
 * @property {number} round
 * @property {string} figure
 * @property {string} contestant
 * @property {number} cost
 * @property {Record<string, unknown>} values
 *
 * @typedef {{ figure: string, contestant: string, cost: number, key: string }} Which
 */

export class Results {
  /** @type {Entry[]} */
  entries = [];
  machine = describeMachine();

  /** @param {Entry} entry */
  add(entry) {
    this.entries.push(entry);
    const { round, figure, contestant, cost, values } = entry;
    const shown = Object.entries(values).map(([key, value]) => `${key} ${show(value)}`);
    console.error(`round ${round}, ${figure}, cost ${cost}, ${contestant}: ${shown.join(', ')}`);
  }

  /**
   * @param {Which} which
   * @returns {Map<number, number>} by round
   */
  byRound({ figure, contestant, cost, key }) {
    const fitting = this.entries.filter(
      (entry) => entry.figure === figure && entry.contestant === contestant && entry.cost === cost,
    );
    return new Map(fitting.map(({ round, values }) => [round, Number(values[key])]));
  }

  /** @param {Which} which */
  spread(which) {
    return spread([...this.byRound(which).values()]);
  }

  /**
   * One by the other, within each round: what the machine does to both is not in it.
   * @param {Which} which
   * @param {Which} by
   */
  ratio(which, by) {
    const others = this.byRound(by);
    return spread(Array.from(this.byRound(which), ([round, value]) => value / (others.get(round) ?? NaN)));
  }

  /**
   * @param {string} name of the script
   * @param {string | undefined} file
   * @param {object} [more]
   * @returns {string} where they are
   */
  write(name, file, more = {}) {
    const now = new Date().toISOString().replaceAll(':', '').slice(0, 15);
    const path = file ?? join(PROJECT, 'bench/results', `${name}-${now}.json`);
    mkdirSync(dirname(path), { recursive: true });
    const { machine, entries } = this;
    const command = `node bench/${name}.mjs ${process.argv.slice(2).join(' ')}`.trim();
    writeFileSync(path, `${JSON.stringify({ command, machine, ...more, entries }, null, 2)}\n`);
    return path;
  }
}

/** @param {unknown} value */
const show = (value) => (typeof value === 'number' ? Number(value.toFixed(1)) : JSON.stringify(value));

function describeMachine() {
  let commit = 'unknown';
  try {
    commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: PROJECT, encoding: 'utf8' }).trim();
  } catch {
    // Not a clone.
  }
  return {
    at: new Date().toISOString(),
    commit,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverageAtStart: loadavg()[0],
  };
}
