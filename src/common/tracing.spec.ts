import { describe, expect, it } from '@jest/globals';
import { TemporarilyUnavailable } from './domain-error.js';
import { errorType } from './tracing.js';

const withCode = (code: unknown, cause?: unknown) =>
  Object.assign(new Error('quotes ada@example.com', { cause }), { code });

describe('the type of an error', () => {
  it.each<[string, unknown, string]>([
    ['its code', withCode('ECONNREFUSED'), 'ECONNREFUSED'],
    ['the code of what caused it', new TemporarilyUnavailable(withCode('57P01')), '57P01'],
    ['the name of its class', new TypeError('quotes ada@example.com'), 'TypeError'],
    ['never a code that is a sentence', withCode('550 ada@example.com'), 'Error'],
    ['never a code that is no word', withCode(550), 'Error'],
    ['never a thing that was thrown instead', 'ada@example.com', 'String'],
    ['something even for nothing', undefined, 'Object'],
  ])('is %s', (_, error, type) => {
    expect(errorType(error)).toBe(type);
  });
});
