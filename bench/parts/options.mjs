// The command line of `npm run bench`.
import { parseArgs } from 'node:util';

export const FIGURES = ['registration', 'activation', 'delivery', 'mail'];
export const CONTESTANTS = [
  'hash',
  'service',
  'service-redis',
  'service-api',
  'service-bcryptjs',
  'service-bcryptjs-redis',
  'nginx-1',
  'nginx-2',
  'better-auth',
  'express-pg',
  'nodemailer',
];

const HELP = `npm run bench -- [options]

  --only a,b         figures (${FIGURES.join(', ')})
                     and contestants (${CONTESTANTS.join(', ')}); all unless given
  --rounds 3         how often everything is measured, in turns: A B C A B C
  --seconds 20       of each load, beside the warm-up
  --cost 12,4        bcrypt costs
  --connections 16   clients of the load
  --mails 5000       that the worker finds; a fiftieth of it for the time from 201 to the sink
  --no-durable       PostgreSQL without fsync: never for a figure that is published
  --profile          the service writes CPU profiles, which slows it; read them with bench/profile.mjs
  --json file        where the figures go; a new file in bench/results/ unless given`;

/**
 * @typedef {object} Options
 * @property {(figure: string, contestant?: string) => boolean} wants
 * @property {number} rounds
 * @property {number} seconds
 * @property {number} connections
 * @property {number} mails
 * @property {number[]} costs
 * @property {boolean} durable
 * @property {boolean} profile
 * @property {string | undefined} json
 */

/** @returns {Options} */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '20' },
      cost: { type: 'string', default: '12,4' },
      connections: { type: 'string', default: '16' },
      mails: { type: 'string', default: '5000' },
      'no-durable': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const only = values.only.split(',').filter(Boolean);
  const unknown = only.filter((name) => !FIGURES.includes(name) && !CONTESTANTS.includes(name));
  if (unknown.length > 0) throw new Error(`--only does not know ${unknown.join(', ')}\n\n${HELP}`);
  const wanted = (/** @type {string[]} */ all, /** @type {string} */ name) =>
    only.includes(name) || !only.some((one) => all.includes(one));
  return {
    wants: (figure, name) => wanted(FIGURES, figure) && (name === undefined || wanted(CONTESTANTS, name)),
    rounds: number('rounds', values.rounds),
    seconds: number('seconds', values.seconds),
    connections: number('connections', values.connections),
    mails: number('mails', values.mails),
    costs: values.cost.split(',').map((cost) => number('cost', cost)),
    durable: !values['no-durable'],
    profile: values.profile,
    json: values.json,
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
export function number(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} is a whole number from 1, not "${text}"`);
  return value;
}
