// Says "N passed, N failed" of what Jest wrote with --json, for .ci/run, and on standard error what failed: Jest says it
// where it happens, thousands of lines before the end.
//
//   node tools/count-tests.mjs <exit code of the test commands> <result file>...
//
// A file that could not be loaded, or whose clean-up failed, counts as one failed test, and so does a test command that
// failed although every test passed: too little coverage, something that outlived its test, or a run that broke off.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** @typedef {{ name: string, status: string, message: string }} Suite */

/**
 * @param {string} file
 * @returns {{ passed: number, failed: number, failures: string[] }}
 */
function countIn(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    /** @type {Suite[]} */
    const suites = result.testResults;
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      failures: suites.filter(({ status }) => status === 'failed').map(describe),
    };
  } catch (error) {
    return { passed: 0, failed: 1, failures: [`Jest did not come to an end: ${String(error)}`] };
  }
}

/** @param {Suite} suite */
function describe({ name, message }) {
  return `${name}\n${stripVTControlCharacters(message)}`;
}

const [exitCode = '1', ...files] = process.argv.slice(2);
const counts = files.map(countIn);
const sum = (/** @type {'passed' | 'failed'} */ what) => counts.reduce((all, count) => all + count[what], 0);
const failures = counts.flatMap((count) => count.failures);
if (exitCode !== '0' && failures.length === 0)
  failures.push(
    'Every test passed, and a test command did not: too little coverage, something that outlived its test, or it broke off.',
  );
for (const failure of failures) console.error(`\n${failure}`);
console.log(
  `${sum('passed')} passed, ${exitCode === '0' ? sum('failed') : Math.max(1, sum('failed'))} failed`,
);
