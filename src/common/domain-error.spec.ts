import { describe, expect, it } from '@jest/globals';
import { DomainError, TemporarilyUnavailable } from './domain-error.js';

class AlreadyGone extends DomainError {
  constructor() {
    super('not-found', 'It is gone.');
  }
}

describe('retry-after', () => {
  it.each([
    [undefined, undefined],
    [-3, 1],
    [0, 1],
    [0.2, 1],
    [1, 1],
    [1.01, 2],
    [3_599.5, 3_600],
  ])('of %p seconds is %p: whole, rounded up, never 0', (seconds, header) => {
    expect(new DomainError('overloaded', 'Busy.', { retryAfter: seconds }).retryAfter).toBe(header);
  });
});

it('carries the name of its class into the log', () => {
  const error = new AlreadyGone();
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('AlreadyGone');
  expect(error.message).toBe('It is gone.');
  expect(error.extensions).toEqual({});
});

it('keeps the cause of an outage apart from what is answered', () => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.5:5432');
  const error = new TemporarilyUnavailable(cause);
  expect(error.cause).toBe(cause);
  expect(error.slug).toBe('temporarily-unavailable');
  expect(error.retryAfter).toBeGreaterThan(0);
  expect(error.detail).not.toContain('10.0.0.5');
});
