// Says "N passed, N failed" of Jest's --json result, for .ci/run:
//
//   node tools/count-tests.mjs <result file> <exit code of the test command>
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

const [file = '', exitCode = '1'] = process.argv.slice(2);
const { passed, failed } = countIn(file);
console.log(`${passed} passed, ${exitCode !== '0' && failed === 0 ? 1 : failed} failed`);
