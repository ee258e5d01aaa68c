import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import stopDatabases from './global-teardown.mjs';

/**
 * @typedef {{ accepted: number, lost: number, duplicates: number, longest: number, recovery: number }} Figures
 * @typedef {{ id: string, title: string, backend: string, result: string | Figures }} Row
 */

/** Prints what each fault of the run came to. */
export default async function faultsTeardown() {
  await stopDatabases();
  const table = process.env['FAULT_TABLE'];
  if (table === undefined) return;
  const lines = readFileSync(table, 'utf8').split('\n').filter(Boolean);
  rmSync(dirname(table), { recursive: true, force: true });
  const rows = lines.map((line) => /** @type {Row} */ (JSON.parse(line)));
  process.stdout.write(`\n${rows.toSorted(byId).map(format).join('\n')}\n\n`.replace(/^\n/, `\n${HEAD}\n`));
}

const HEAD = `${'fault'.padEnd(72)} ${'queue'.padEnd(8)} accepted  lost  duplicates  longest ms  recovery ms`;

/**
 * @param {Row} a
 * @param {Row} b
 */
function byId(a, b) {
  return a.id.localeCompare(b.id, 'en', { numeric: true }) || a.backend.localeCompare(b.backend);
}

/** @param {Row} row */
function format({ id, title, backend, result }) {
  const start = `${`${id} ${title}`.slice(0, 72).padEnd(72)} ${backend.padEnd(8)} `;
  if (typeof result === 'string') return start + result;
  const { accepted, lost, duplicates, longest, recovery } = result;
  const figures = [
    [accepted, 8],
    [lost, 6],
    [duplicates, 12],
    [longest, 12],
    [recovery, 13],
  ];
  return start + figures.map(([value, width]) => String(value).padStart(width ?? 0)).join('');
}
