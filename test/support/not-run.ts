import { describe, expect, it } from '@jest/globals';

/**
 * Stands for a suite whose program is not on this machine: says so, and fails with CI=true.
 *
 * @param debian its package there
 */
export function describeNotRun(name: string, program: string, debian = program): void {
  describe(name, () => {
    it(`was not run: it needs ${program} on the PATH (Debian: apt-get install ${debian})`, () => {
      expect(process.env['CI']).not.toBe('true');
    });
  });
}
