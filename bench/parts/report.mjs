// The tables of `npm run bench`: medians of the rounds, from the least to the most in brackets. Ratios are taken within
// each round, so what happened to the machine meanwhile happened to both sides.
import { contestants } from '../contestants/contestants.mjs';
import { judge } from './goals.mjs';
import { cell, table } from './table.mjs';

/** @typedef {import('./results.mjs').Results} Results */

const names = contestants.map(({ name }) => name);

/**
 * @param {Results} results
 * @param {number} cost
 */
function registrations(results, cost) {
  const which = (/** @type {string} */ contestant, key = 'perSecond') => ({
    figure: 'registration',
    contestant,
    cost,
    key,
  });
  const rows = ['hash', ...names]
    .filter((name) => results.byRound(which(name)).size > 0)
    .map((name) => [
      name,
      cell(results.spread(which(name))),
      ...['hash', 'better-auth', 'express-pg'].map((other) => cell(results.ratio(which(name), which(other)))),
      ...[
        'healthP99',
        'restMiB',
        'loadMiB',
        'afterMiB',
        'readyMs',
        'cpuMs',
        'postgresCpuMs',
        'mailedShare',
      ].map((key) => cell(results.spread(which(name, key)))),
    ]);
  if (rows.length === 0) return '';
  const head = [
    'a second',
    '/ hash',
    '/ better-auth',
    '/ express-pg',
    'health p99 ms',
    'MiB at rest',
    'under load',
  ];
  return `Registrations, bcrypt cost ${cost}\n\n${table(['', ...head, 'after', 'ready ms', 'CPU ms', 'PostgreSQL CPU ms', 'mailed'], rows)}`;
}

/**
 * @param {Results} results
 * @param {string} title
 * @param {string} figure
 * @param {string[]} keys
 */
function plain(results, title, figure, keys) {
  const measured = results.entries.filter((entry) => entry.figure === figure);
  const lines = [...new Map(measured.map((entry) => [`${entry.contestant} ${entry.cost}`, entry])).values()];
  const rows = lines.map(({ contestant, cost }) => [
    contestant,
    ...keys.map((key) => cell(results.spread({ figure, contestant, cost, key }))),
  ]);
  return rows.length === 0 ? '' : `${title}\n\n${table(['', ...keys], rows)}`;
}

/**
 * @param {Results} results
 * @param {number[]} costs
 */
export function report(results, costs) {
  const verdicts = judge(results).map(({ what, limit, got, reached }) => [
    what,
    limit,
    cell(got),
    reached ? 'yes' : 'NO',
  ]);
  const parts = [
    ...costs.map((cost) => registrations(results, cost)),
    plain(results, 'Activation against one hash, ms', 'activation', ['hashMs', 'activationMs']),
    plain(results, 'From the answer to the message at the SMTP server, idle, ms', 'delivery', [
      'p50',
      'p99',
      'max',
    ]),
    plain(results, 'Mails a second', 'mail', ['queued', 'forgotten']),
    verdicts.length === 0 ? '' : `Goals\n\n${table(['', 'goal', 'here', 'reached'], verdicts)}`,
  ];
  console.log(`\n${parts.filter(Boolean).join('\n\n')}\n`);
}
