// What the service must reach (issue 4), and whether it did in this run. A goal whose figures were not measured is left
// out; nothing here decides the exit code.

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {import('./statistics.mjs').Spread} Spread */

/**
 * @param {string} contestant
 * @param {number} cost
 * @param {string} key
 * @param {string} figure
 */
const of = (contestant, cost, key = 'perSecond', figure = 'registration') => ({
  figure,
  contestant,
  cost,
  key,
});

/**
 * @typedef {{ what: string, limit: number, atMost?: boolean, read: (results: Results) => Spread }} Goal
 * @type {Goal[]}
 */
const goals = [
  {
    what: 'cost 12: registrations by bare native hashes',
    limit: 0.9,
    read: (results) => results.ratio(of('service', 12), of('hash', 12)),
  },
  {
    what: 'cost 12: registrations by better-auth',
    limit: 1.05,
    read: (results) => results.ratio(of('service', 12), of('better-auth', 12)),
  },
  {
    what: "cost 12: health p99 by better-auth's",
    limit: 1,
    atMost: true,
    read: (results) => results.ratio(of('service', 12, 'healthP99'), of('better-auth', 12, 'healthP99')),
  },
  {
    what: 'cost 4: registrations by better-auth',
    limit: 3,
    read: (results) => results.ratio(of('service', 4), of('better-auth', 4)),
  },
  {
    what: 'cost 4: registrations by bare Express + pg',
    limit: 0.5,
    read: (results) => results.ratio(of('service', 4), of('express-pg', 4)),
  },
  {
    what: 'cost 12: activation p50 by one hash',
    limit: 1.1,
    atMost: true,
    read: (results) =>
      results.ratio(
        of('service', 12, 'activationMs', 'activation'),
        of('service', 12, 'hashMs', 'activation'),
      ),
  },
  ...['service', 'service-redis'].map((name) => ({
    what: `201 to SMTP when idle, p99, ms: ${name}`,
    limit: 100,
    atMost: true,
    read: (/** @type {Results} */ results) => results.spread(of(name, 4, 'p99', 'delivery')),
  })),
  {
    what: 'mail worker on Redis by bare nodemailer',
    limit: 0.5,
    read: (results) =>
      results.ratio(of('service-redis', 4, 'queued', 'mail'), of('nodemailer', 4, 'queued', 'mail')),
  },
  {
    what: 'mail worker on PostgreSQL by bare nodemailer',
    limit: 0.25,
    read: (results) =>
      results.ratio(of('service', 4, 'queued', 'mail'), of('nodemailer', 4, 'queued', 'mail')),
  },
  ...[12, 4].map((cost) => ({
    what: `cost ${cost}: resident memory under load, MiB`,
    limit: 200,
    atMost: true,
    read: (/** @type {Results} */ results) => results.spread(of('service', cost, 'loadMiB')),
  })),
  {
    what: 'start to ready, ms (3000 on Node 20, else 2000)',
    limit: process.version.startsWith('v20.') ? 3_000 : 2_000,
    atMost: true,
    read: (results) => results.spread(of('service', 12, 'readyMs')),
  },
];

/**
 * @param {Results} results
 * @returns {Array<{ what: string, limit: string, got: Spread, reached: boolean }>}
 */
export function judge(results) {
  return goals
    .map(({ what, limit, atMost, read }) => {
      const got = read(results);
      const reached = atMost ? got.median <= limit : got.median >= limit;
      return { what, limit: `${atMost ? '≤' : '≥'} ${limit}`, got, reached };
    })
    .filter(({ got }) => !Number.isNaN(got.median));
}
