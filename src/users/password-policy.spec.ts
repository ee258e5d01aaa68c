import { describe, expect, it } from '@jest/globals';
import { settings } from '../../test/support/environment.js';
import { PasswordPolicy, commonPasswords, normalizePassword } from './password-policy.js';

const policy = new PasswordPolicy(settings());
const codes = (password: string, email?: string) => policy.faults(password, email).map(({ code }) => code);

describe('a password is acceptable', () => {
  it.each([
    ['8 characters', 'wqzkvbjx'],
    ['8 code points that are 16 UTF-16 units', '😀'.repeat(8)],
    ['72 octets of ASCII', 'x'.repeat(72)],
    ['72 octets of two-octet letters', 'ä'.repeat(36)],
    ['72 octets of emoji', '😀'.repeat(18)],
    ['spaces only', '        '],
    ['spaces around it, which are part of it', ' secret '],
    ['colons', 'a:b:c:d:e'],
    ['no digit, no sign, no capital', 'onlyletters'],
    ['composed to 72 octets by NFC', 'u\u0308'.repeat(36)],
    ['right-to-left text', 'סיסמה ארוכה'],
  ])('%s', (_, password) => {
    expect(policy.faults(password, 'ada@example.com')).toEqual([]);
  });

  it('that holds the address inside something longer', () => {
    expect(codes('my ada@example.com!', 'ada@example.com')).toEqual([]);
  });

  it('when the address could not be read, as far as it can be judged', () => {
    expect(codes('ada@example.com')).toEqual([]);
  });
});

describe('a password is refused', () => {
  it.each([
    ['7 characters', 'abcdefg', ['too_short']],
    ['nothing', '', ['too_short']],
    ['7 code points that are 14 UTF-16 units', '😀'.repeat(7), ['too_short']],
    ['8 code points that NFC makes 4', 'u\u0308'.repeat(4), ['too_short']],
    ['73 octets', 'x'.repeat(73), ['too_long']],
    ['74 octets in 37 characters', 'ä'.repeat(37), ['too_long']],
    ['a character that NFC makes longer', '\u0958'.repeat(18), ['too_long']],
    ['NUL', 'abcdefg\0', ['control_character']],
    ['a line feed', 'abcdefg\n', ['control_character']],
    ['DEL', 'abcdefg\u007f', ['control_character']],
    ['a C1 control', 'abcdefg\u0085', ['control_character']],
    ['half a surrogate pair', 'abcdefg\ud83d', ['invalid_text']],
    ['the other half', '\ude00abcdefg', ['invalid_text']],
    ['several faults at once', '\t'.repeat(7), ['too_short', 'control_character']],
    ['too long and not printable', '\t'.repeat(73), ['too_long', 'control_character']],
  ])('%s', (_, password, expected) => {
    expect(codes(password)).toEqual(expected);
  });

  it.each([
    ['the address', 'countess-ada@example.com'],
    ['the address in capitals', 'COUNTESS-ADA@EXAMPLE.COM'],
    ['the address with a space behind it', 'countess-ada@example.com '],
    ['its local part', 'countess-ada'],
    ['its local part in capitals', 'Countess-Ada'],
  ])('%s', (_, password) => {
    expect(codes(password, 'countess-ada@example.com')).toEqual(['contains_email']);
  });
});

it('the address as it was typed is the address, also where its domain is stored as an A-label', () => {
  expect(codes('ada@b\u00fccher.example', 'ada@xn--bcher-kva.example')).toEqual(['contains_email']);
});

it('a fault points at the password and does not repeat it', () => {
  const password = 'canary\n';
  const faults = policy.faults(password, undefined);
  expect(faults).toEqual([
    { pointer: '/password', code: 'too_short', detail: expect.stringContaining('8') },
    { pointer: '/password', code: 'control_character', detail: expect.any(String) },
  ]);
  expect(JSON.stringify(faults)).not.toContain('canary');
});

it('the least length is a setting', () => {
  const strict = new PasswordPolicy(settings({ PASSWORD_MIN_LENGTH: '15' }));
  expect(strict.faults('x'.repeat(14), undefined)).toEqual([
    { pointer: '/password', code: 'too_short', detail: 'The password needs at least 15 characters.' },
  ]);
  expect(strict.faults('x'.repeat(15), undefined)).toEqual([]);
});

it('one password typed on two keyboards has one form, and compatibility characters stay apart', () => {
  expect(normalizePassword('Zu\u0308rich')).toBe('Zürich');
  expect(normalizePassword('Zürich')).toBe('Zürich');
  expect(normalizePassword('\u212b')).toBe('\u00c5');
  expect(normalizePassword('\ufb01')).toBe('\ufb01');
});

describe('a password that everybody tries first is refused', () => {
  it.each(['password', '12345678', 'iloveyou', 'PassWord', 'sunshine', 'P@ssw0rd', 'Qwerty123', 'TRUSTNO1'])(
    '%s',
    (password) => {
      expect(codes(password)).toEqual(['too_common']);
    },
  );

  it.each([
    '00000000',
    'AAAAAAAA',
    '12121212',
    'abcabcabc',
    '123412341234',
    '87654321',
    'abcdefgh',
    '0123456789',
  ])('%s, by rule', (password) => {
    expect(codes(password)).toEqual(['too_common']);
  });

  it('in capitals as well', () => {
    for (const word of [...commonPasswords].slice(0, 500)) {
      expect(codes(word.toUpperCase())).toEqual(['too_common']);
    }
  });

  it('from a list of more than ten thousand, all of them in the form that is looked up', () => {
    expect(commonPasswords.size).toBeGreaterThan(10_000);
    for (const word of commonPasswords) {
      if (word !== normalizePassword(word).toLowerCase() || word.length < 8) throw new Error(word);
    }
  });

  it('and one with more to it is not', () => {
    for (const password of [
      'password of ada',
      '0000000000000',
      '00000094',
      'abcdefgx',
      'aaaaaaaq',
      'ababababc',
    ]) {
      expect(codes(password)).toEqual([]);
    }
  });
});
