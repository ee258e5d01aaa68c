import { expect } from '@jest/globals';
import type { Answer } from './client.js';

/** The answer is that problem; for the rest of it see the contract. */
export function expectProblem(answer: Answer, status: number, slug: string): void {
  expect({ status: answer.status, type: answer.body['type'] }).toEqual({ status, type: `/problems/${slug}` });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
}

/** The header tells those seconds, less the few that the test itself took. */
export function expectRetryAfter(answer: Answer, seconds: number): void {
  expectSeconds(Number(answer.headers.get('retry-after')), seconds);
}

/** Those seconds, less the few that the test itself took. */
export function expectSeconds(told: unknown, seconds: number): void {
  expect(told).toBeLessThanOrEqual(seconds);
  expect(told).toBeGreaterThan(seconds - 10);
}

/** How each of some requests at once was answered, in an order that can be compared. */
export function sortedStatuses(answers: Answer[]): number[] {
  return answers.map(({ status }) => status).toSorted((a, b) => a - b);
}
