import { describe, expect, it } from '@jest/globals';
import { clientKey } from './client-key.js';

describe('an IPv4 client is its address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:49152', '203.0.113.7'],
  ])('%s', (ip, key) => {
    expect(clientKey(ip)).toBe(key);
  });

  it('and another address is another client', () => {
    expect(clientKey('203.0.113.7')).not.toBe(clientKey('203.0.113.8'));
  });
});

describe('an IPv6 client is its /64', () => {
  it.each([
    '2001:db8:1:2::',
    '2001:db8:1:2::1',
    '2001:db8:1:2:ffff:ffff:ffff:ffff',
    '2001:DB8:1:2:0:0:0:9',
    '2001:0db8:0001:0002::9',
    '2001:db8:1:2::203.0.113.7',
    '2001:db8:1:2::1%eth0',
    '[2001:db8:1:2::1]:49152',
    '[2001:db8:1:2::1]',
  ])('%s', (ip) => {
    expect(clientKey(ip)).toBe('2001:db8:1:2::/64');
  });

  it.each([
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::1:0:0:0:1', '2001:db8:0:1::/64'],
  ])('%s is in %s', (ip, key) => {
    expect(clientKey(ip)).toBe(key);
  });
});

it.each([undefined, '', 'unknown', '_hidden', ':::', 'a'.repeat(10_000), '203.0.113.7, 10.0.0.1'])(
  '%j, which no address is, has a key all the same',
  (ip) => {
    expect(typeof clientKey(ip)).toBe('string');
  },
);
