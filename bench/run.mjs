// npm run bench: the service against the bare password hash, against better-auth, against the least that would do the
// same SQL, and its mail worker against a bare nodemailer pool. All on this machine, each as a process of its own, one
// at a time, in several rounds: A B C A B C. `--help` shows the options.
//
// How to read it: the ratios, not the numbers beside them, which are this machine's. A ratio is taken within each round;
// the table has the median of the rounds and from where to where they went. Rounds that lie far apart mean that the
// machine was not quiet (the JSON has its load average at the start). The load generator, PostgreSQL, Redis and the SMTP
// sink share the cores with whoever is measured, the same for all.
//
//   hash           bcrypt on as many threads as cores, nothing else
//   service        this service: native bcrypt, queue on PostgreSQL; -redis: queue on Redis; -bcryptjs: the other engine;
//                  -api: ROLE=api, where the mail is sent by another process that is not started here
//   nginx-1, -2    one process of this service behind nginx, and two; CPU and memory are not theirs
//   better-auth    contestants/better-auth/server.mjs
//   express-pg     contestants/express-pg.mjs: no validation, no queue, no mail
//   nodemailer     contestants/nodemailer-pool.mjs
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { contestants, PROJECT } from './contestants/contestants.mjs';
import { measureActivation } from './figures/activation.mjs';
import { measureDelivery } from './figures/delivery.mjs';
import { measureNodemailer, measureWorker } from './figures/mail.mjs';
import { measureRegistration } from './figures/registration.mjs';
import { install } from './parts/install.mjs';
import { readOptions } from './parts/options.mjs';
import { preparePlace } from './parts/place.mjs';
import { run } from './parts/programs.mjs';
import { report } from './parts/report.mjs';
import { Results } from './parts/results.mjs';
import { endOnSignals } from './parts/signals.mjs';

const PEOPLE = 20;

const options = readOptions();
const { wants, costs, seconds, connections, mails } = options;
endOnSignals();
const betterAuth = wants('registration', 'better-auth') || wants('delivery', 'better-auth');
install({ betterAuth });
const results = new Results();
const place = await preparePlace({
  durable: options.durable,
  dialects: betterAuth ? ['service', 'better-auth'] : ['service'],
});
const nodeFlags = options.profile
  ? ['--cpu-prof', `--cpu-prof-dir=${join(PROJECT, 'bench/results/profiles')}`]
  : [];

/**
 * @template T
 * @param {string} name
 * @param {(turn: import('./parts/place.mjs').Turn) => Promise<T>} measure
 * @returns {Promise<T>}
 */
async function inTurn(name, measure) {
  const turn = await place.open(name);
  try {
    return await measure(turn);
  } finally {
    await turn.close();
  }
}

/**
 * @param {number} round
 * @param {number} cost
 */
async function registrations(round, cost) {
  const add = (/** @type {string} */ contestant, /** @type {object} */ values) =>
    results.add({ round, figure: 'registration', contestant, cost, values: { ...values } });
  if (wants('registration', 'hash'))
    add('hash', await run('contestants/hash-loop.mjs', { cost, seconds, threads: availableParallelism() }));
  const settings = { cost, seconds, connections, warmSeconds: Math.min(5, seconds), nodeFlags };
  for (const { name } of contestants.filter((one) => wants('registration', one.name)))
    add(name, await inTurn(name, (turn) => measureRegistration(turn, place, settings)));
}

/** @param {number} round */
async function deliveries(round) {
  for (const contestant of ['service', 'service-redis', 'better-auth'].filter((name) =>
    wants('delivery', name),
  )) {
    const settings = { mails: Math.max(100, mails / 50) };
    const values = await inTurn(contestant, (turn) => measureDelivery(turn, place.sinkUrl, settings));
    results.add({ round, figure: 'delivery', contestant, cost: 4, values: { ...values } });
  }
}

/** @param {number} round */
async function mailWorkers(round) {
  const add = (/** @type {string} */ contestant, /** @type {Record<string, number>} */ values) =>
    results.add({ round, figure: 'mail', contestant, cost: 4, values });
  if (wants('mail', 'nodemailer')) add('nodemailer', { queued: await measureNodemailer(place, mails) });
  for (const name of ['service', 'service-redis'].filter((one) => wants('mail', one))) {
    const measure = (/** @type {boolean} */ forgotten) =>
      inTurn(name, (turn) => measureWorker(turn, place.sinkUrl, { mails, forgotten, nodeFlags }));
    add(name, { queued: await measure(false), forgotten: await measure(true) });
  }
}

try {
  for (let round = 1; round <= options.rounds; round++) {
    for (const cost of costs) await registrations(round, cost);
    if (wants('activation', 'service')) {
      const [cost = 12] = costs;
      const settings = { cost, people: PEOPLE };
      const values = await inTurn('service', (turn) => measureActivation(turn, place.sinkUrl, settings));
      results.add({ round, figure: 'activation', contestant: 'service', cost, values });
    }
    if (wants('delivery')) await deliveries(round);
    if (wants('mail')) await mailWorkers(round);
  }
} finally {
  await place.stop();
}
report(results, costs);
console.log(`Figures: ${results.write('run', options.json, { durable: options.durable })}`);
