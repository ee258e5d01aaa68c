import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { problems } from './problems.js';

describe.each(Object.entries(problems))('the problem %s', (slug, { status, title, explanation }) => {
  it('has a slug that is fit for a URL and kept for ever', () => {
    expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('is an error of HTTP', () => {
    expect(STATUS_CODES[status]).toBeDefined();
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it('has a title without a full stop and an explanation in sentences', () => {
    expect(title).toMatch(/^[A-Z][^.]+$/);
    expect(explanation).toMatch(/^.{20,}\.$/);
  });
});

it('no two problems have one title', () => {
  const titles = Object.values(problems).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

it('no slug has gone: clients know them', () => {
  expect(Object.keys(problems)).toEqual(
    expect.arrayContaining([
      'already-active',
      'bad-request',
      'content-too-large',
      'cross-site-request',
      'email-already-registered',
      'expired-activation-code',
      'headers-too-large',
      'https-required',
      'internal-error',
      'invalid-activation-code',
      'invalid-credentials',
      'malformed-json',
      'method-not-allowed',
      'not-found',
      'overloaded',
      'request-timeout',
      'temporarily-unavailable',
      'too-many-attempts',
      'too-many-requests',
      'unsupported-media-type',
      'validation-failed',
    ]),
  );
});
