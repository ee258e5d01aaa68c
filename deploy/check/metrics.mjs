// Whether alerts and dashboard ask for metrics that exist, and every alert has a test and a runbook entry:
//
//   node check/metrics.mjs <file to write>
//
// Writes the dashboard's queries as recording rules, so that promtool can read them.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { queriesOf } from '../grafana/queries.mjs';

/** By prom-client and by Prometheus; the rest is named in the source. */
const GIVEN = /^(up|process_\w+|nodejs_\w+)$/;

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** @type {{ alert: string, expr: string, annotations: { runbook_url: string } }[]} */
const alerts = parse(read('../prometheus/rules.yaml')).groups.flatMap(
  (/** @type {any} */ { rules }) => rules,
);
const tests = parse(read('../prometheus/rules.test.yaml')).tests.flatMap(
  (/** @type {any} */ test) => test.alert_rule_test,
);
const headings = [...read('../../docs/operations.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
  anchor(title),
);
const source = read('../../src/metrics/metrics.ts') + read('../../src/app.gauges.ts');
const named = new Set([...source.matchAll(/(?:name: |\w\(\s*)'([a-z_]+)'/g)].map(([, name]) => name));
const queries = queriesOf(read('../grafana/dashboard.json'));

/** As GitHub makes one. @param {string} title */
function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** Names outside of braces and strings that are followed by a selector. @param {string} expr */
function metricsIn(expr) {
  return [...expr.matchAll(/\b([a-z][a-z0-9_]+)\{/g)].map(([, name]) => name);
}

/** @param {string} name */
function exists(name) {
  return GIVEN.test(name) || named.has(name) || named.has(name.replace(/_(bucket|count|sum)$/, ''));
}

const asked = [
  ...alerts.map(({ alert, expr }) => ({ who: alert, expr })),
  ...queries.map(({ panel, expr }) => ({ who: `panel ${panel}`, expr })),
];
const faults = [
  ...asked.filter(({ expr }) => metricsIn(expr).length === 0).map(({ who }) => `${who} asks for nothing`),
  ...asked.flatMap(({ who, expr }) =>
    metricsIn(expr)
      .filter((name) => !exists(name))
      .map((name) => `${who} asks for ${name}, which does not exist`),
  ),
  ...alerts.flatMap(({ alert, annotations }) => [
    ...(tests.some((/** @type {any} */ test) => test.alertname === alert && test.exp_alerts?.length)
      ? []
      : [`no test fires ${alert}`]),
    ...(tests.some((/** @type {any} */ test) => test.alertname === alert && !test.exp_alerts?.length) ||
    alert === 'RegistrationRestarts'
      ? []
      : [`no test keeps ${alert} quiet`]),
    ...(annotations.runbook_url === `docs/operations.md#${alert.toLowerCase()}` &&
    headings.includes(alert.toLowerCase())
      ? []
      : [`${alert} has no entry in docs/operations.md`]),
  ]),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${alerts.length} alerts and ${queries.length} queries ask for metrics that exist`);

const rules = queries.map(({ expr }, index) => ({ record: `dashboard:query:${index}`, expr }));
writeFileSync(process.argv[2] ?? '/dev/null', stringify({ groups: [{ name: 'dashboard', rules }] }));
