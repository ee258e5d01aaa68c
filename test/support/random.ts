import { randomInt } from 'node:crypto';

/** Chance that can be had again: the same seed gives the same numbers (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** One of its own for each case, so that the order in which cases run changes nothing. */
  static ofCase(seed: number, index: number): Random {
    return new Random(Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b));
  }

  /** From 0 up to, and without, `below`. */
  int(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  /** True so many times of a hundred. */
  chance(percent: number): boolean {
    return this.int(100) < percent;
  }

  /** So many of whatever is made. */
  times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}

/** FUZZ_SEED, or a new one for every run. */
export function fuzzSeed(): number {
  return Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
}
