import { describe, expect, it } from '@jest/globals';
import { isCrossSite } from './cross-site.js';

const host = 'api.example.com:8443';

describe('a change is refused', () => {
  it.each<[string, Record<string, string>]>([
    ['that a page of another site posts', { 'sec-fetch-site': 'cross-site' }],
    ['that a page of a neighbour posts', { 'sec-fetch-site': 'same-site' }],
    ['whose site is something new', { 'sec-fetch-site': 'odd' }],
    ['of another origin over plain HTTP', { origin: 'http://other.example.com' }],
    ['of another port', { origin: 'http://api.example.com:8080' }],
    ['of an origin that is kept secret', { origin: 'null' }],
    ['of an origin that only begins like ours', { origin: `http://${host}.example.org` }],
  ])('%s', (_, headers) => {
    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH']) {
      expect(isCrossSite({ method, headers: { host, ...headers } })).toBe(true);
    }
  });
});

describe('a change is let through', () => {
  it.each<[string, Record<string, string>]>([
    ['of our own pages', { 'sec-fetch-site': 'same-origin', origin: `https://${host}` }],
    ['that a person typed', { 'sec-fetch-site': 'none' }],
    ['of our own pages over plain HTTP', { origin: `http://${host}` }],
    ['of no browser', {}],
  ])('%s', (_, headers) => {
    expect(isCrossSite({ method: 'POST', headers: { host, ...headers } })).toBe(false);
  });
});

it.each(['GET', 'HEAD'])('%s may come from a link anywhere', (method) => {
  expect(isCrossSite({ method, headers: { host, 'sec-fetch-site': 'cross-site' } })).toBe(false);
});
