import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { table } from '../../bench/parts/table.mjs';
import stopDatabases from './global-teardown.mjs';

/**
 * @typedef {import('./fault-table.js').FaultRow} FaultRow
 * @typedef {import('./fault-table.js').RaceRow} RaceRow
 */

/** Prints what each fault and each race of the run came to. */
export default async function faultsTeardown() {
  await stopDatabases();
  const file = process.env['FAULT_TABLE'];
  if (file === undefined) return;
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  rmSync(dirname(file), { recursive: true, force: true });
  const rows = lines.map((line) => /** @type {FaultRow | RaceRow} */ (JSON.parse(line)));
  const faults = rows.filter((row) => 'id' in row).toSorted(byId);
  const races = rows.filter((row) => 'race' in row);
  print(
    ['fault', 'queue', 'accepted', 'lost', 'duplicates', 'longest ms', 'recovery ms'],
    faults.map(({ id, title, backend, result }) => [
      `${id} ${title}`,
      backend,
      ...(typeof result === 'string'
        ? [result]
        : [result.accepted, result.lost, result.duplicates, result.longest, result.recovery].map(String)),
    ]),
  );
  print(
    ['race', 'queue', 'rounds', 'as it must', 'at once', 'longest ms', 'answers'],
    races.map(({ race, backend, rounds, won, atOnce, longest, statuses }) => [
      race,
      backend,
      ...[rounds, won, atOnce, longest].map(String),
      Object.entries(statuses)
        .map(([status, times]) => `${times} × ${status}`)
        .join(', '),
    ]),
  );
}

/**
 * @param {FaultRow} a
 * @param {FaultRow} b
 */
function byId(a, b) {
  return a.id.localeCompare(b.id, 'en', { numeric: true }) || a.backend.localeCompare(b.backend);
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function print(head, rows) {
  if (rows.length > 0) process.stdout.write(`\n${table(head, rows)}\n`);
}
