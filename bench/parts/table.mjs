// Tables for a terminal, that are Markdown too.

/** @typedef {import('./statistics.mjs').Spread} Spread */

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (/** @type {string[]} */ row) =>
    `| ${widths.map((width, i) => (i === 0 ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** @param {number} value */
const digits = (value) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/**
 * The median, and from where to where in brackets; a dash for nothing.
 * @param {Spread} spread
 */
export function cell({ median, min, max }) {
  if (Number.isNaN(median)) return '–';
  const places = digits(median);
  if (min === max) return median.toFixed(places);
  return `${median.toFixed(places)} (${min.toFixed(places)}–${max.toFixed(places)})`;
}
