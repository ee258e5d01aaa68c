import { appendFileSync } from 'node:fs';
import type { QueueBackend } from './rig.js';

/** What a fault came to. */
export interface FaultRow {
  id: string;
  title: string;
  backend: QueueBackend;
  result: string | { accepted: number; lost: number; duplicates: number; longest: number; recovery: number };
}

/** What a race came to. */
export interface RaceRow {
  race: string;
  backend: QueueBackend;
  /** How many rounds ended as they must. */
  won: number;
  rounds: number;
  atOnce: number;
  /** How often each status was answered. */
  statuses: Record<number, number>;
  /** The slowest answer, milliseconds. */
  longest: number;
}

/** A line for the tables that the run prints at its end (faults-teardown.mjs). */
export function report(row: FaultRow | RaceRow): void {
  appendFileSync(process.env['FAULT_TABLE']!, `${JSON.stringify(row)}\n`);
}
