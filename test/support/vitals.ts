import { median, slope } from '../../bench/parts/statistics.mjs';
import { openHandles, residentMiB } from '../../bench/parts/memory.mjs';
import { table } from '../../bench/parts/table.mjs';
import { samples as metricsOf } from './metrics.js';
import type { Replica, Rig } from './rig.js';

/** What may pile up, and where. */
const signs = {
  resident: 'resident memory, MiB',
  heap: 'heap, MiB',
  external: 'memory beside the heap, MiB',
  handles: 'open files and sockets',
  resources: 'timers and sockets of Node',
  sessions: 'sessions of PostgreSQL',
  jobs: 'jobs and events of BullMQ in PostgreSQL',
} as const;

type Sign = keyof typeof signs;
type Reading = Record<Sign, number> & { minute: number };

/** The vital signs of one process of a rig, read again and again. */
export class Vitals {
  private readonly readings: Reading[] = [];
  private readonly start = Date.now();

  constructor(
    private readonly rig: Rig,
    private readonly replica: Replica,
  ) {}

  /** Costs one request and one query. */
  async read(): Promise<void> {
    const metrics = await metricsOf(this.replica);
    const of = (name: string) => metrics.find((sample) => sample.name === name)?.value ?? NaN;
    const [row] = await this.rig.sql<{ sessions: number; jobs: number }>(
      `select (select count(*)::int from pg_stat_activity where datname = current_database()) as sessions,
              (select count(*)::int from bullmq.job) + (select count(*)::int from bullmq.event) as jobs`,
    );
    this.readings.push({
      minute: (Date.now() - this.start) / 60_000,
      resident: residentMiB(this.replica.pid),
      heap: of('nodejs_heap_size_used_bytes') / 2 ** 20,
      external: of('nodejs_external_memory_bytes') / 2 ** 20,
      handles: openHandles(this.replica.pid),
      resources: of('nodejs_active_resources_total'),
      ...row!,
    });
  }

  /**
   * By how much the floor of a sign rose from the middle third to the last: the first fills caches and compiles, and
   * whatever is above the floor is collected or closed sooner or later.
   */
  rise(sign: Sign): number {
    const { length } = this.readings;
    const floor = (from: number, to: number) =>
      Math.min(...this.readings.slice(from, to).map((reading) => reading[sign]));
    return (
      floor(Math.floor((2 * length) / 3), length) -
      floor(Math.floor(length / 3), Math.floor((2 * length) / 3))
    );
  }

  /** One line a sign; slopes are of the second half, with half of the 95 % interval. */
  toString(): string {
    const second = this.readings.slice(Math.floor(this.readings.length / 2));
    const rows = Object.entries(signs).map(([key, name]) => {
      const of = (readings: Reading[]) => readings.map((reading) => reading[key as Sign]);
      const { slope: rise, error } = slope(
        second.map((reading) => ({ x: reading.minute / 10, y: reading[key as Sign] })),
      );
      const shown = [
        of(this.readings)[0]!,
        median(of(second)),
        of(second).at(-1)!,
        Math.max(...of(this.readings)),
      ];
      return [
        name,
        ...shown.map((value) => value.toFixed(1)),
        this.rise(key as Sign).toFixed(1),
        `${rise.toFixed(2)} ± ${error.toFixed(2)}`,
      ];
    });
    return table(
      ['', 'first', 'median of 2nd half', 'last', 'most', 'rise of floor', 'slope, each 10 minutes'],
      rows,
    );
  }
}
