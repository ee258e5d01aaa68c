import { describe, expect, it } from '@jest/globals';
import { parseBasicCredentials } from './basic-credentials.js';

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const read = (pair: string | Uint8Array) => parseBasicCredentials(`Basic ${encode(pair)}`);

describe('credentials are read', () => {
  it.each([
    ['Aladdin:open sesame', 'Aladdin', 'open sesame', 'the example of RFC 7617 section 2'],
    ['test:123£', 'test', '123£', 'the example of RFC 7617 section 2.1'],
    ['ada@example.com:a:b:c', 'ada@example.com', 'a:b:c', 'the first colon splits'],
    [':password', '', 'password', 'no name'],
    ['name:', 'name', '', 'no password'],
    [':', '', '', 'neither'],
    ['name::', 'name', ':', 'a colon for a password'],
    ['name: password ', 'name', ' password ', 'blanks are part of it'],
    ['name:pässwörd😀', 'name', 'pässwörd😀', 'UTF-8'],
    ['name:\ufeffpassword', 'name', '\ufeffpassword', 'a byte order mark is a character'],
    ['\ufeffname:password', '\ufeffname', 'password', 'also in front'],
    ['name:\u0085', 'name', '\u0085', 'C1 controls, which RFC 7617 does not name'],
  ])('from %j', (pair, username, password) => {
    expect(read(pair)).toEqual({ username, password });
  });

  it.each(['Basic', 'basic', 'BASIC', 'bAsIc'])('under the scheme %s', (scheme) => {
    expect(parseBasicCredentials(`${scheme} ${encode('a:b')}`)).toEqual({ username: 'a', password: 'b' });
  });

  it('after more than one space, which RFC 9110 lets a sender put there', () => {
    expect(parseBasicCredentials(`Basic   ${encode('a:b')}`)).toEqual({ username: 'a', password: 'b' });
  });

  it('from a header of 1,024 characters and no more', () => {
    const longest = `Basic ${encode(`a:${'x'.repeat(760)}`)}`;
    expect(longest.length).toBeLessThanOrEqual(1_024);
    expect(parseBasicCredentials(longest)?.password).toHaveLength(760);
    expect(parseBasicCredentials(`Basic ${encode(`a:${'x'.repeat(763)}`)}`)).toBeUndefined();
  });

  it('from the longest address and the longest password that can be registered', () => {
    expect(read(`${'a'.repeat(254)}:${'😀'.repeat(18)}`)?.username).toHaveLength(254);
  });
});

describe('nothing is read', () => {
  it.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['no space', `Basic${encode('a:b')}`],
    ['a tab', `Basic\t${encode('a:b')}`],
    ['another scheme', `Bearer ${encode('a:b')}`],
    ['a scheme that only begins so', `Basics ${encode('a:b')}`],
    ['something before it', ` Basic ${encode('a:b')}`],
    ['something after it', `Basic ${encode('a:b')} x`],
    ['two credentials', `Basic ${encode('a:b')}, Basic ${encode('a:b')}`],
    ['a parameter', `Basic ${encode('a:b')}, charset="UTF-8"`],
    ['no colon', `Basic ${encode('ab')}`],
    ['missing padding', 'Basic YTpiYw'],
    ['padding too much', 'Basic YTpi='],
    ['padding in the middle', 'Basic YTpi=YTpi'],
    ['the URL alphabet', `Basic ${encode('a:???>>>').replaceAll('/', '_').replaceAll('+', '-')}`],
    ['a character of no alphabet', 'Basic YTp*iYw=='],
    ['a blank inside', 'Basic YTpi YTpi'],
    ['a line feed at the end', `Basic ${encode('a:b')}\n`],
    ['bits that are not zero after the end', 'Basic YTpiYx=='],
    ['a single character of base64', 'Basic Y'],
    ['Latin-1', `Basic ${encode(Buffer.from('a:\xe4', 'latin1'))}`],
    ['an overlong form', `Basic ${encode(Uint8Array.of(0x61, 0x3a, 0xc0, 0x80))}`],
    ['half a surrogate pair', `Basic ${encode(Uint8Array.of(0x61, 0x3a, 0xed, 0xa0, 0x80))}`],
    ['a UTF-8 sequence that is cut', `Basic ${encode(Uint8Array.of(0x61, 0x3a, 0xe2, 0x82))}`],
    ['NUL', `Basic ${encode('a:b\0')}`],
    ['a line feed in the password', `Basic ${encode('a:b\nc')}`],
    ['a tab in the name', `Basic ${encode('a\tb:c')}`],
    ['DEL', `Basic ${encode('a:b\u007f')}`],
  ])('from %s', (_, header) => {
    expect(parseBasicCredentials(header)).toBeUndefined();
  });
});
