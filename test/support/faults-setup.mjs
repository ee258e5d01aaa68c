import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import startDatabases from './global-setup.mjs';

/** What every run has, and a file into which each fault of this run writes its row. */
export default async function faultsSetup() {
  await startDatabases();
  const table = join(mkdtempSync(join(tmpdir(), 'registration-api-faults-')), 'table.jsonl');
  writeFileSync(table, '');
  process.env['FAULT_TABLE'] = table;
}
