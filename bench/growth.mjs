// Whether the service stays as fast as it was when it is full: registrations a second at cost 4 with 1,000, 100,000 and
// 1,000,000 users, for 1 to 256 clients, in rounds; then the plan of every statement in the service's repositories.
//
// How to read it: within a row the figures should be level; the last column is the most users by the least. A statement
// whose plan reads one of the three tables, or an index of theirs, from end to end at the most users is named, and the
// exit code is 1. Fewer than 100,000 are too few to judge by: there PostgreSQL may rightly read all. `generic` is the plan
// that a prepared statement may get after five uses; it is shown and does not fail.
//
//   node bench/growth.mjs [--users 1000,100000,1000000] [--connections 1,4,16,64,256] [--rounds 2] [--seconds 8]
//                         [--only plans|rates] [--no-durable] [--json file]
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { measureRegistration } from './figures/registration.mjs';
import { explainRepositories } from './growth/plans.mjs';
import { install } from './parts/install.mjs';
import { number } from './parts/options.mjs';
import { preparePlace } from './parts/place.mjs';
import { Results } from './parts/results.mjs';
import { insertHistory } from './parts/rows.mjs';
import { endOnSignals } from './parts/signals.mjs';
import { cell, table } from './parts/table.mjs';

const PLANS_COUNT_FROM = 100_000;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000,100000,1000000' },
    connections: { type: 'string', default: '1,4,16,64,256' },
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string' },
    'no-durable': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const list = (/** @type {string} */ name, /** @type {string} */ text) =>
  text.split(',').map((one) => number(name, one));
const sizes = list('users', values.users);
const clients = list('connections', values.connections);
const [rounds, seconds] = [number('rounds', values.rounds), number('seconds', values.seconds)];

endOnSignals();
install({ betterAuth: false });
const results = new Results();
const place = await preparePlace({ durable: !values['no-durable'], dialects: ['service'] });
const nameOf = (/** @type {number} */ users) => `users-${users}`;

/**
 * @template T
 * @param {number} users
 * @param {(client: Client) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function on(users, work) {
  const client = new Client({ connectionString: place.urlOf(nameOf(users)) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function fill() {
  for (const users of sizes) {
    await place.admin.query(`create database "${nameOf(users)}" template "template-service"`);
    console.error(`making ${users} users`);
    await on(users, (client) => insertHistory(client, users));
  }
}

async function measureRates() {
  for (let round = 1; round <= rounds; round++) {
    // There and back: a machine that gets slower would else look like one that has too many users.
    const inTurn = round % 2 === 1 ? sizes : sizes.toReversed();
    for (const connections of clients) {
      for (const users of inTurn) {
        const turn = await place.open('service', nameOf(users));
        const settings = { cost: 4, seconds, warmSeconds: 3, connections, tag: `${round}-${connections}` };
        const figures = await measureRegistration(turn, place, settings);
        await turn.close();
        results.add({
          round,
          figure: String(connections),
          contestant: nameOf(users),
          cost: 4,
          values: { ...figures },
        });
      }
    }
  }
}

/**
 * @param {number} connections
 * @param {number} users
 */
const which = (connections, users) => ({
  figure: String(connections),
  contestant: nameOf(users),
  cost: 4,
  key: 'perSecond',
});

function showRates() {
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const rows = clients.map((connections) => [
    String(connections),
    ...sizes.map((users) => cell(results.spread(which(connections, users)))),
    cell(results.ratio(which(connections, most), which(connections, least))),
  ]);
  const head = ['clients', ...sizes.map((users) => `${users} users`), 'most / least'];
  console.log(`\nRegistrations a second at cost 4\n\n${table(head, rows)}`);
}

/** @returns {Promise<object[]>} */
async function showPlans() {
  const all = [];
  for (const users of sizes) {
    const plans = await on(users, explainRepositories);
    all.push(...plans.map((plan) => ({ users, ...plan })));
    const rows = plans.map(({ method, custom, generic }) => [
      method,
      custom.nodes.join(', '),
      custom.cost.toFixed(0),
      generic.whole.length > 0 ? `reads all of ${generic.whole.join(', ')}` : generic.cost.toFixed(0),
    ]);
    console.log(`\nPlans at ${users} users\n\n${table(['', 'how it reads', 'cost', 'generic'], rows)}`);
    for (const { method, custom, text } of users < Math.max(PLANS_COUNT_FROM, ...sizes) ? [] : plans) {
      if (custom.whole.length === 0) continue;
      console.error(`\n${method} reads all of ${custom.whole.join(', ')}:\n${text}`);
      process.exitCode = 1;
    }
  }
  return all;
}

/** @type {object[]} */
let plans = [];
try {
  await fill();
  if (values.only !== 'plans') await measureRates();
  if (values.only !== 'rates') plans = await showPlans();
} finally {
  await place.stop();
}
if (values.only !== 'plans') showRates();
console.log(`\nFigures: ${results.write('growth', values.json, { plans })}`);
