// Says "N passed, N failed" of Jest's --json results, all runs together, for .ci/run:
//
//   node tools/count-tests.mjs (<result file> <exit code of the test command>)...
//
// A file that could not even be loaded counts as one failed test, and so does a test command that failed although
// every test passed: too little coverage, or a run that broke off.
import { readFileSync } from 'node:fs';

/**
 * @param {string} file
 * @param {string} exitCode
 * @returns {{ passed: number, failed: number }}
 */
function countIn(file, exitCode) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: exitCode !== '0' && failed === 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 }; // Jest wrote nothing: it did not come to an end
  }
}

const total = { passed: 0, failed: 0 };
const runs = process.argv.slice(2);
for (let i = 0; i < runs.length; i += 2) {
  const { passed, failed } = countIn(runs[i] ?? '', runs[i + 1] ?? '1');
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
