import { expect, it } from '@jest/globals';
import { maskAddresses } from './mask-addresses.js';

it.each([
  ['550 5.1.1 <ada@example.com>: no such user', '550 5.1.1 <***@example.com>: no such user'],
  ['ada.l+tag@example.com, bob@example.org', '***@example.com, ***@example.org'],
  ['250 2.0.0 Ok: queued as 4F2', '250 2.0.0 Ok: queued as 4F2'],
  ['', ''],
])('%s is shown as %s', (text, masked) => {
  expect(maskAddresses(text)).toBe(masked);
});
