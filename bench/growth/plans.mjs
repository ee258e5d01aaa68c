// The plan of every statement in the service's repositories (dist/**/*.repository.js). Each method is called with a
// database that explains what it is asked instead of doing it, so the statements are the service's own. A method without
// arguments in samples.mjs is an error, and so is one that asks nothing: no statement stays unseen.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT } from '../contestants/contestants.mjs';
import { samples } from './samples.mjs';

/**
 * @typedef {{ 'Node Type': string, 'Relation Name'?: string, 'Index Name'?: string, 'Index Cond'?: string,
 *   'Total Cost': number, Plans?: PlanNode[] }} PlanNode
 * @typedef {{ nodes: string[], whole: string[], cost: number }} Plan `whole`: what is read from end to end
 * @typedef {{ method: string, text: string, custom: Plan, generic: Plan }} Explained
 * @typedef {(text: string, values?: unknown[]) => Promise<object[]>} Ask
 * @typedef {{ query: Ask, search: Ask }} Explainer as the repositories know Database
 */

const OURS = new Set(['users', 'activation_codes', 'mails']);

/**
 * @param {PlanNode} node
 * @param {boolean} [limited] whether it ends early
 * @returns {Array<{ node: PlanNode, limited: boolean }>} itself and all below
 */
function flatten(node, limited = false) {
  const endsEarly = node['Node Type'] === 'Limit' || (limited && node['Node Type'] !== 'Sort');
  return [{ node, limited }, ...(node.Plans ?? []).flatMap((child) => flatten(child, endsEarly))];
}

/**
 * A table by its rows, or an index without a condition: that costs as much as there are entries in it, and the planner
 * takes a small partial index for free until it is big.
 * @param {{ node: PlanNode, limited: boolean }} scan
 * @returns {string | undefined}
 */
function readsWhole({ node, limited }) {
  if (node['Node Type'] === 'Seq Scan' && OURS.has(node['Relation Name'] ?? '')) return node['Relation Name'];
  const index = node['Index Name'];
  if (index === undefined || limited || node['Index Cond'] !== undefined) return undefined;
  return `${node['Relation Name'] ?? ''} (${index})`.trim();
}

/**
 * @param {{ rows: Array<{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }> }} answer
 * @returns {Plan}
 */
function read({ rows }) {
  const root = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (root === undefined) throw new Error('no plan came');
  const scans = flatten(root).filter(({ node }) => node['Node Type'].endsWith('Scan'));
  const nodes = scans.map(({ node }) =>
    `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name'] ?? ''}`.trim(),
  );
  const whole = scans.map(readsWhole).filter((name) => name !== undefined);
  return { nodes: [...new Set(nodes)], whole: [...new Set(whole)], cost: root['Total Cost'] };
}

/** Every class of that kind in the build. */
async function repositories() {
  const files = readdirSync(join(PROJECT, 'dist'), { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('.repository.js'));
  const modules = await Promise.all(
    found.map((file) => import(pathToFileURL(join(PROJECT, 'dist', file)).href)),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter((one) => typeof one === 'function' && one.name.endsWith('Repository'));
}

/**
 * @param {import('pg').Client} client
 * @returns {Promise<Explained[]>}
 */
export async function explainRepositories(client) {
  /** @type {Explained[]} */
  const plans = [];
  const given = await samples(client);
  for (const Repository of await repositories()) {
    const methods = Object.getOwnPropertyNames(Repository.prototype).filter((name) => name !== 'constructor');
    for (const name of methods) {
      const method = `${Repository.name}.${name}`;
      const calls = given[method];
      if (calls === undefined) throw new Error(`bench/growth/samples.mjs has no arguments for ${method}`);
      const before = plans.length;
      /** @type {Ask} */
      const query = async (text, values = []) => {
        const custom = read(await client.query(`explain (format json) ${text}`, values));
        const generic = read(await client.query(`explain (format json, generic_plan) ${text}`));
        plans.push({ method, text, custom, generic });
        return [];
      };
      const explainer = { query, search: query };
      for (const call of calls) await new Repository(explainer)[name](...call(explainer));
      if (plans.length === before) throw new Error(`${method} asked the database nothing`);
    }
  }
  return plans;
}
