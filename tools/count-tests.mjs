// Says "N passed, N failed" of what Jest wrote with --json, for .ci/run:
//
//   node tools/count-tests.mjs <exit code of the test commands> <result file>...
//
// A file that could not even be loaded counts as one failed test, and so does a test command that failed although
// every test passed: too little coverage, or a run that broke off.
import { readFileSync } from 'node:fs';

/**
 * @param {string} file
 * @returns {{ passed: number, failed: number }}
 */
function countIn(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    };
  } catch {
    return { passed: 0, failed: 1 }; // Jest wrote nothing: it did not come to an end
  }
}

const [exitCode = '1', ...files] = process.argv.slice(2);
const counts = files.map(countIn);
const sum = (/** @type {'passed' | 'failed'} */ what) => counts.reduce((all, count) => all + count[what], 0);
const failed = sum('failed');
console.log(`${sum('passed')} passed, ${exitCode !== '0' && failed === 0 ? 1 : failed} failed`);
