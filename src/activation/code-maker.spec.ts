import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { settings } from '../../test/support/environment.js';
import { CodeMaker } from './code-maker.js';

const SECRET = 'the secret of these tests, 32 characters and more';
const OLDER = 'an older secret of these tests, 32 characters too';

function maker({ length = 6, secret = SECRET, previous = '' } = {}): CodeMaker {
  return new CodeMaker(
    settings({
      ACTIVATION_CODE_SECRET: secret,
      ACTIVATION_CODE_SECRET_PREVIOUS: previous,
      ACTIVATION_CODE_LENGTH: String(length),
    }),
  );
}

/** RFC 4226 section 5.3, written a second time and differently: in hexadecimal digits and big integers. */
function truncated(secret: string, id: string, length: number): string {
  const hex = createHmac('sha256', secret).update(id, 'utf8').digest('hex');
  const start = 2 * Number.parseInt(hex.slice(-1), 16);
  const number = BigInt(`0x${hex.slice(start, start + 8)}`) % 2n ** 31n;
  return (10n ** BigInt(length) + (number % 10n ** BigInt(length))).toString().slice(1);
}

const codesOf = (codes: CodeMaker, count: number) =>
  Array.from({ length: count }, () => codes.make({ id: uuidv7(), keyId: codes.keyId }));

describe('a code', () => {
  it.each([4, 5, 6, 7, 8])('of %d digits is the dynamic truncation of the HMAC of its id', (length) => {
    const codes = maker({ length });
    for (let i = 0; i < 500; i++) {
      const id = uuidv7();
      expect(codes.make({ id, keyId: codes.keyId })).toBe(truncated(SECRET, id, length));
    }
  });

  it('is the same today as it was when this was written', () => {
    const codes = maker();
    expect(codes.make({ id: '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d', keyId: codes.keyId })).toBe('419986');
  });

  it('keeps its leading zeros', () => {
    const codes = codesOf(maker({ length: 4 }), 2_000);
    expect(codes.every((code) => /^[0-9]{4}$/.test(code))).toBe(true);
    expect(codes.some((code) => code.startsWith('0'))).toBe(true);
  });

  it('is like no other: all codes are equally likely', () => {
    const CODES = 10_000;
    const EACH = 10;
    const counts = new Map<string, number>();
    for (const code of codesOf(maker({ length: 4 }), CODES * EACH))
      counts.set(code, (counts.get(code) ?? 0) + 1);
    let chiSquare = (CODES - counts.size) * EACH;
    for (const count of counts.values()) chiSquare += (count - EACH) ** 2 / EACH;
    // 9,999 degrees of freedom: mean 9,999, standard deviation 141; six of them on both sides.
    expect(chiSquare).toBeGreaterThan(9_150);
    expect(chiSquare).toBeLessThan(10_850);
  });

  it('differs for another id and under another secret', () => {
    const reference = { id: uuidv7(), keyId: maker({ length: 8 }).keyId };
    const other = maker({ length: 8, secret: OLDER });
    const code = maker({ length: 8 }).make(reference);
    expect(maker({ length: 8 }).make({ ...reference, id: uuidv7() })).not.toBe(code);
    expect(other.make({ ...reference, keyId: other.keyId })).not.toBe(code);
  });
});

describe('a code matches', () => {
  const codes = maker();
  const reference = { id: uuidv7(), keyId: codes.keyId };
  const code = codes.make(reference);

  it('itself', () => {
    expect(codes.matches(reference, code)).toBe(true);
  });

  it.each([
    ['shorter', code.slice(0, 5)],
    ['longer', `${code}0`],
    ['empty', ''],
    ['of other digits', code.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))],
    ['with a blank', ` ${code}`],
    ['in full-width digits', code.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
  ])('nothing that is %s', (_, digits) => {
    expect(codes.matches(reference, digits)).toBe(false);
  });
});

describe('rotation', () => {
  const before = maker({ secret: OLDER });
  const reference = { id: uuidv7(), keyId: before.keyId };
  const code = before.make(reference);

  it('leaves codes of the previous secret good, and makes new ones with the new secret', () => {
    const during = maker({ previous: OLDER });
    expect(during.matches(reference, code)).toBe(true);
    expect(during.keyId).toBe(maker().keyId);
    expect(during.keyId).not.toBe(before.keyId);
  });

  it('voids them when that secret is gone', () => {
    expect(maker().matches(reference, code)).toBe(false);
    expect(() => maker().make(reference)).toThrow('no activation code secret is named');
  });

  it('names a secret without telling it', () => {
    expect(maker().keyId).toMatch(/^[0-9a-f]{8}$/);
    expect(() => maker().make(reference)).not.toThrow(SECRET);
  });
});
