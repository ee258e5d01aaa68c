import { expect, it } from '@jest/globals';
import { equalInConstantTime } from './equal-in-constant-time.js';

it('two texts are equal when they are the same, whatever their lengths', () => {
  expect(equalInConstantTime('042917', '042917')).toBe(true);
  expect(equalInConstantTime('042917', '042918')).toBe(false);
  expect(equalInConstantTime('042917', '04291')).toBe(false);
  expect(equalInConstantTime('', '')).toBe(true);
  expect(equalInConstantTime('', '0')).toBe(false);
});
