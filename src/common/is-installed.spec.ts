import { expect, it } from '@jest/globals';
import { isInstalled } from './is-installed.js';

it('knows what can be imported and what cannot', () => {
  expect(isInstalled('pino-pretty')).toBe(true);
  expect(isInstalled('no-such-package')).toBe(false);
});
