import { describe, expect, it } from '@jest/globals';
import { canonicalEmail } from './email-address.js';

const label = (length: number) => 'd'.repeat(length);

describe('an address is brought into one form', () => {
  it.each([
    ['ada@example.com', 'ada@example.com', 'is already canonical'],
    ['Ada.Lovelace@Example.COM', 'ada.lovelace@example.com', 'lower case, on both sides'],
    [' \tada@example.com\t ', 'ada@example.com', 'spaces and tabs around it go'],
    ['ada+news@example.com', 'ada+news@example.com', 'a tag counts'],
    ["o'brien@example.com", "o'brien@example.com", 'an apostrophe is fine'],
    ["!#$%&'*+/=?^_~-@example.com", "!#$%&'*+/=?^_~-@example.com", 'every sign that is allowed'],
    ['a@b.co', 'a@b.co', 'short'],
    ['1@2.co', '1@2.co', 'digits'],
    ['a-@example.com', 'a-@example.com', 'a hyphen at the end'],
    ['ada@mail.sub.example.com', 'ada@mail.sub.example.com', 'many labels'],
    ['ada@münchen.de', 'ada@xn--mnchen-3ya.de', 'an international domain becomes its A-label'],
    ['ada@MÜNCHEN.DE', 'ada@xn--mnchen-3ya.de', 'whatever its case'],
    ['ada@mu\u0308nchen.de', 'ada@xn--mnchen-3ya.de', 'and whatever its normal form'],
    ['ada@xn--mnchen-3ya.de', 'ada@xn--mnchen-3ya.de', 'an A-label stays'],
    ['ada@例え.テスト', 'ada@xn--r8jz45g.xn--zckzah', 'all of it international'],
    ['ada@faß.de', 'ada@xn--fa-hia.de', 'the sharp s is not folded (UTS-46, non-transitional)'],
    [`${'l'.repeat(64)}@example.com`, `${'l'.repeat(64)}@example.com`, 'a local part of 64 octets'],
    [`a@${label(63)}.com`, `a@${label(63)}.com`, 'a label of 63 octets'],
    [
      `a@${label(63)}.${label(63)}.${label(63)}.${label(60)}`,
      `a@${label(63)}.${label(63)}.${label(63)}.${label(60)}`,
      '254 octets',
    ],
  ])('%j becomes %j: %s', (input, canonical) => {
    expect(canonicalEmail(input)).toBe(canonical);
  });

  it('is the same form however often that is done', () => {
    const once = canonicalEmail(' Ada@MÜNCHEN.de ')!;
    expect(canonicalEmail(once)).toBe(once);
  });
});

describe('what is no acceptable address is refused', () => {
  it.each([
    ['', 'nothing'],
    ['   ', 'blanks'],
    ['ada', 'no @'],
    ['@example.com', 'no local part'],
    ['ada@', 'no domain'],
    ['@', 'neither'],
    ['ada@@example.com', 'two @'],
    ['ada@home@example.com', 'an @ in the local part'],
    ['ada lovelace@example.com', 'a space in it'],
    ['ada @example.com', 'a space before the @'],
    ['ada@ example.com', 'a space after the @'],
    ['.ada@example.com', 'a leading dot'],
    ['ada.@example.com', 'a trailing dot'],
    ['ada..l@example.com', 'a double dot'],
    ['-ada@example.com', 'a leading hyphen, which a program could take for an option'],
    ['"ada"@example.com', 'quotes'],
    ['ada(comment)@example.com', 'a comment'],
    ['Ada <ada@example.com>', 'a display name'],
    ['ada@example.com,bob@example.com', 'a list'],
    ['ada;bob@example.com', 'a semicolon'],
    ['ada`id`@example.com', 'a back-tick'],
    ['ada|id@example.com', 'a pipe'],
    ['ada{x}@example.com', 'braces'],
    ['ada\\x@example.com', 'a backslash'],
    ['ada:x@example.com', 'a colon'],
    ['ädä@example.com', 'a local part that is not ASCII'],
    ['ada@example.com\r\nBcc: all@example.com', 'a header of its own'],
    ['ada\n@example.com', 'a line feed'],
    ['ada@example.com\n', 'a line feed at the end'],
    ['ada\0@example.com', 'NUL'],
    ['ada@exa\u00admple.com', 'a soft hyphen, which UTS-46 would drop'],
    ['ada@exa\u200dmple.com', 'a joiner that nobody sees'],
    ['ada@example\u3000.com', 'an ideographic space'],
    ['ada@\u{1D41E}xample.com', 'letters that fold into ASCII'],
    ['ada@example。com', 'a dot that folds into ASCII'],
    ['ada@localhost', 'one label'],
    ['ada@example.com.', 'the root'],
    ['ada@.example.com', 'an empty first label'],
    ['ada@example..com', 'an empty label'],
    ['ada@-example.com', 'a label with a leading hyphen'],
    ['ada@example-.com', 'a label with a trailing hyphen'],
    ['ada@exam_ple.com', 'an underscore in the domain'],
    ['ada@127.0.0.1', 'an IPv4 address'],
    ['ada@[127.0.0.1]', 'an address literal'],
    ['ada@0x7f.1', 'a number that URL parsers read as an IPv4 address'],
    ['ada@example.123', 'a last label of digits'],
    ['ada@exa%6dple.com', 'percent-encoding'],
    ['ada@xn--a.com', 'an A-label that is none'],
    ['ada@xn--a', 'one label that is no A-label'],
    [`${'l'.repeat(65)}@example.com`, 'a local part of 65 octets'],
    [`a@${label(64)}.com`, 'a label of 64 octets'],
    [`ab@${label(63)}.${label(63)}.${label(63)}.${label(60)}`, '255 octets'],
    [`${'x'.repeat(1017)}@b.co`, 'more than is looked at'],
    ['\ud800@example.com', 'half a surrogate pair'],
    ['ada@\ud800.com', 'half a surrogate pair in the domain'],
  ])('%j: %s', (input) => {
    expect(canonicalEmail(input)).toBeUndefined();
  });

  it('whatever the input, the answer comes at once: no pattern backtracks', () => {
    const inputs = [
      `${'a.'.repeat(500)}@`,
      `a@${'a-'.repeat(500)}`,
      `${'a'.repeat(63)}.@${'b.'.repeat(400)}`,
      ' '.repeat(1_000),
      '\t'.repeat(1_000_000),
    ];
    const start = performance.now();
    expect(inputs.map(canonicalEmail)).toEqual(inputs.map(() => undefined));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

it('every ASCII character is either kept or refused in a local part, as listed in the contract', () => {
  const allowed = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
    (character) =>
      canonicalEmail(`a${character}z@example.com`) === `a${character.toLowerCase()}z@example.com`,
  );
  expect(allowed.join('')).toBe(
    "!#$%&'*+-./0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_abcdefghijklmnopqrstuvwxyz~",
  );
});
