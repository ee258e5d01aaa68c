import { expect, it } from '@jest/globals';
import { causeOf } from './cause-of.js';
import { TemporarilyUnavailable } from './domain-error.js';

it.each([
  [new TemporarilyUnavailable(new Error('connect ECONNREFUSED')), 'connect ECONNREFUSED'],
  [new Error('broken'), 'broken'],
])('tells what an operator can mend: %s', (error, told) => {
  expect(causeOf(error)).toBe(told);
});
