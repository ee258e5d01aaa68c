import type { Random } from './random.js';

/** What breaks programs that take it for granted. */
const strings = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\n',
  '\ud800',
  '\udfff\ud800',
  '\u{1f600}'.repeat(50),
  '\u202e\u200b\ufeff',
  'e\u0301'.repeat(40),
  'x'.repeat(73),
  'x'.repeat(5_000),
  '[{'.repeat(500),
  "' or 1=1 --",
  '%00%zz',
  '${7*7}{{7*7}}',
  '../../etc/passwd',
  '<script>',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  '-1',
  '1e999',
  '9'.repeat(400),
  '00000000-0000-0000-0000-000000000000',
  'a@x.example, b@x.example',
  'a@x.example\r\nBcc: b@x.example',
  'a@xn--.example',
  '\u0130@\u212a.example',
  `${'a.'.repeat(200)}@x.example`,
  '\u0661\u0662\u0663\u0664\u0665\u0666',
];

const values: unknown[] = [null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], [null], { a: 1 }];

/** A value that nobody asked for. */
export function hostileValue(random: Random): unknown {
  if (random.chance(65)) return hostileString(random);
  if (random.chance(10)) return nested(random.int(12));
  return random.pick(values);
}

export function hostileString(random: Random): string {
  if (random.chance(70)) return random.pick(strings);
  return String.fromCodePoint(...random.times(1 + random.int(40), () => random.int(0x10ffff)));
}

function nested(levels: number): unknown {
  return levels === 0 ? 'x' : [nested(levels - 1)];
}

/** What a parser looks for. */
const tokens = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\r\n',
  '\n',
  '\r',
  '\u0000',
  ' ',
  '%',
  '0',
  '-',
  'é',
  '\\u',
];

/** Some octets changed, inserted, taken out, doubled or cut off. */
export function mutated(octets: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let result = Buffer.from(octets);
  for (let i = 1 + random.int(4); i > 0; i--) result = mutatedOnce(result, random);
  return new Uint8Array(result);
}

function mutatedOnce(octets: Buffer, random: Random): Buffer<ArrayBuffer> {
  const at = random.int(octets.length + 1);
  const to = Math.min(octets.length, at + 1 + random.int(12));
  const [head, cut, tail] = [octets.subarray(0, at), octets.subarray(at, to), octets.subarray(to)];
  const token = Buffer.from(random.pick(tokens));
  switch (random.int(6)) {
    case 0:
      return Buffer.concat([head, Buffer.from([random.int(256)]), octets.subarray(at + 1)]);
    case 1:
      return Buffer.concat([head, token, octets.subarray(at)]);
    case 2:
      return Buffer.concat([head, tail]);
    case 3:
      return Buffer.concat([head, cut, cut, tail]);
    case 4:
      return Buffer.concat([head, token, tail]);
    default:
      return random.chance(20)
        ? Buffer.from(head)
        : Buffer.concat([head, ...random.times(1 + random.int(200), () => token), tail]);
  }
}
