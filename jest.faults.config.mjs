import base from './jest.config.mjs';

const { coverageThreshold: _none, ...rest } = base;

/**
 * `npm run test:faults`: the fault matrix. Minutes, not seconds; several cases wait at once, so that a small machine
 * gets through it.
 * @type {import('jest').Config}
 */
export default {
  ...rest,
  testMatch: ['<rootDir>/test/faults/*.fault.ts'],
  // As long as one likes, so only when asked for: SOAK_MINUTES=30 npm run test:faults -- soak
  testPathIgnorePatterns: process.env['SOAK_MINUTES'] ? [] : ['/soak\\.fault\\.ts$'],
  globalSetup: '<rootDir>/test/support/faults-setup.mjs',
  globalTeardown: '<rootDir>/test/support/faults-teardown.mjs',
  maxWorkers: 1,
  maxConcurrency: 4,
  testTimeout: 420_000,
};
