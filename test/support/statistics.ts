/** What paired measurements say about the difference of two things. */
export interface Comparison {
  /** Pairs that count. */
  pairs: number;
  /** The median of the differences, b - a. */
  median: number;
  /** 99 % of the bootstrapped medians lie between these. */
  interval: [number, number];
  /** How probable so one-sided signs would be if there were no difference (two-sided sign test). */
  p: number;
}

/**
 * Measures several things again and again, all of them in each round and in an order of its own, so that whatever
 * else the machine does meets each of them alike. Goes on until the answer is certain, for `most` rounds at most.
 *
 * @param things each does it once and returns how long that took
 * @param isCertain told of all rounds so far, every 25 rounds
 * @returns one row a round, in the order of the things
 */
export async function measureInTurns(
  things: Array<(round: number) => Promise<number>>,
  isCertain: (rows: number[][]) => boolean,
  most: number,
): Promise<number[][]> {
  const rows: number[][] = [];
  while (rows.length < most && (rows.length === 0 || rows.length % 25 > 0 || !isCertain(rows))) {
    const row: number[] = [];
    for (const index of shuffled(things.map((_, i) => i))) row[index] = await things[index]!(rows.length);
    rows.push(row);
  }
  return rows;
}

/**
 * Rounds during which the machine was not busy with something else: nobody in them took much longer than is usual
 * for themselves. A difference between the things is not touched by that.
 */
function quietRounds(rows: number[][]): number[][] {
  const usual = rows[0]!.map((_, i) =>
    quantile(
      rows.map((row) => row[i]!),
      0.25,
    ),
  );
  return rows.filter((row) => row.every((value, i) => value < 1.5 * usual[i]!));
}

/** Compares two columns of measurements pair by pair; only quiet rounds count. */
export function compare(rows: number[][], a: number, b: number): Comparison {
  const pairs = quietRounds(rows.map((row) => [row[a]!, row[b]!]));
  const differences = pairs.map(([first, second]) => second! - first!);
  const medians = Array.from({ length: 1_000 }, () =>
    quantile(
      differences.map(() => differences[Math.floor(Math.random() * differences.length)]!),
      0.5,
    ),
  );
  return {
    pairs: differences.length,
    median: quantile(differences, 0.5),
    interval: [quantile(medians, 0.005), quantile(medians, 0.995)],
    p: signTest(differences),
  };
}

/** @param share from 0 to 1 */
function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** The normal approximation is good from some twenty pairs on. */
function signTest(differences: number[]): number {
  const counted = differences.filter((difference) => difference !== 0);
  const positive = counted.filter((difference) => difference > 0).length;
  const z = Math.max(0, Math.abs(positive - counted.length / 2) - 0.5) / (Math.sqrt(counted.length) / 2);
  return 2 * upperTail(z);
}

/** Of the standard normal distribution, to 7 digits (Abramowitz and Stegun, 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

/** In an order of chance. */
export function shuffled<T>(items: T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
