// Whether rendered manifests are what Kubernetes takes and what this service promises:
//
//   node check/manifests.mjs <file of `helm template`>...
//
// Each manifest becomes a typed literal for the TypeScript compiler, which finds unknown members, wrong types and
// missing ones; then the promises of promises.mjs are looked at. Prints every fault; ends with 1 when there is one.
// A check that finds nothing may be blind: mistakes.mjs plants some into each file that has what they spoil.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { mistakes } from './mistakes.mjs';
import { brokenPromises } from './promises.mjs';
import { typeFaults } from './types.mjs';

/**
 * @param {string} text
 * @returns {{ faults: string[], manifests: import('./types.mjs').Manifest[] }}
 */
function read(text) {
  const documents = parseAllDocuments(text, { strict: true, uniqueKeys: true });
  if (!Array.isArray(documents)) return { faults: ['there is no manifest in it'], manifests: [] };
  return {
    faults: documents.flatMap(({ errors }) => errors.map(({ message }) => message)),
    manifests: documents.map((document) => document.toJS()).filter((manifest) => manifest !== null),
  };
}

/**
 * @param {string} text
 * @returns {string[]}
 */
function faultsOf(text) {
  const { faults, manifests } = read(text);
  return faults.length > 0 ? faults : [...typeFaults(manifests), ...brokenPromises(manifests)];
}

let manifests = 0;
/** @type {Set<string>} */
const found = new Set();
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  for (const fault of faultsOf(text)) report(file, fault);
  manifests += read(text).manifests.length;
  for (const [expected, right, wrong] of mistakes) {
    if (found.has(expected) || !text.includes(right)) continue;
    if (!faultsOf(text.replace(right, wrong)).some((fault) => fault.includes(expected)))
      report(file, `nobody sees "${wrong}" in place of "${right}"`);
    found.add(expected);
  }
}
for (const [expected] of mistakes)
  if (!found.has(expected)) report('mistakes.mjs', `never planted: ${expected}`);
if (process.exitCode !== 1)
  console.log(`${manifests} manifests are sound; ${found.size} planted mistakes were found`);

/**
 * @param {string} file
 * @param {string} fault
 */
function report(file, fault) {
  console.error(`${basename(file)}: ${fault}`);
  process.exitCode = 1;
}
