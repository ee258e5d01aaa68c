// Medians, percentiles, slopes.

/** @typedef {{ p50: number, p99: number, max: number }} Percentiles */
/** @typedef {{ median: number, min: number, max: number }} Spread */

/**
 * @param {number[]} sorted
 * @param {number} share
 */
const at = (sorted, share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;

/** @param {number[]} values */
const sort = (values) => values.toSorted((a, b) => a - b);

/**
 * @param {number[]} values
 * @returns {number} NaN of none
 */
export function median(values) {
  const sorted = sort(values);
  const middle = sorted.length / 2;
  if (Number.isInteger(middle)) return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return sorted[Math.floor(middle)] ?? NaN;
}

/**
 * @param {number[]} values
 * @returns {Percentiles}
 */
export function percentiles(values) {
  const sorted = sort(values);
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99), max: at(sorted, 1) };
}

/**
 * @param {number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const known = sort(values.filter((value) => !Number.isNaN(value)));
  return { median: median(known), min: known[0] ?? NaN, max: known.at(-1) ?? NaN };
}

/**
 * The line through points by least squares.
 * @param {Array<{ x: number, y: number }>} points
 * @returns {{ slope: number, error: number }} `error`: half of the 95 % interval
 */
export function slope(points) {
  const n = points.length;
  const mean = (/** @type {'x' | 'y'} */ axis) => points.reduce((sum, point) => sum + point[axis], 0) / n;
  const [meanX, meanY] = [mean('x'), mean('y')];
  const spreadX = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const inclination = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spreadX;
  const rest = points.reduce((sum, { x, y }) => sum + (y - meanY - inclination * (x - meanX)) ** 2, 0);
  return { slope: inclination, error: 1.96 * Math.sqrt(rest / Math.max(1, n - 2) / spreadX) };
}
