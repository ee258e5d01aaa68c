// The queries of the dashboard. As a program it asks them all, and says how many series each has:
//
//   node deploy/grafana/queries.mjs http://127.0.0.1:9090
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What Grafana would put in. */
const VARIABLES = { $__rate_interval: '1m', $__range: '1h', $instance: '.*' };

/**
 * @param {string} dashboard
 * @returns {{ panel: string, expr: string }[]}
 */
export function queriesOf(dashboard) {
  /** @type {any[]} */
  const panels = JSON.parse(dashboard).panels;
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map((/** @type {{ expr: string }} */ { expr }) => ({
      panel: title,
      expr: Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr),
    })),
  );
}

/** @param {string} prometheus */
async function ask(prometheus) {
  const file = new URL('dashboard.json', import.meta.url);
  for (const { panel, expr } of queriesOf(readFileSync(file, 'utf8'))) {
    const response = await fetch(`${prometheus}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expr }),
    });
    const { status, error, data } = await response.json();
    const answer = status === 'success' ? `${data.result.length} series` : error;
    const [first] = data?.result ?? [];
    console.log(
      `${panel.padEnd(32)} ${answer}${first ? `, the first is ${Number(first.value[1]).toPrecision(3)}` : ''}`,
    );
    if (status !== 'success') process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ask(process.argv[2] ?? 'http://127.0.0.1:9090');
