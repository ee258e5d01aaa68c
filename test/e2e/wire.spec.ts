import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, newEmail, register, resend } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Random, fuzzSeed } from '../support/random.js';
import { type Mail, type Service, mailsTo, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

let smtp: ScriptedSmtp;
let service: Service;

beforeAll(async () => {
  smtp = await startSmtp();
  service = await startService({ SMTP_URL: smtp.url });
});

afterAll(async () => {
  await service.stop();
  await smtp.stop();
});

/** Names of the headers as they came over the wire, continuation lines left out. */
function headerNames({ raw }: Mail): string[] {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const lines = head.split('\r\n').filter((line) => !/^[ \t]/.test(line));
  return lines.map((line) => line.split(':', 1)[0]!.toLowerCase());
}

const expectedHeaders = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
];

/** One RCPT, one To, and not a header more than any mail has. */
function expectDeliveredTo(address: string, mails: Mail[]): void {
  expect(mails.map(({ to }) => to)).toEqual([[address]]);
  expect(headerNames(mails[0]!).toSorted()).toEqual(expectedHeaders);
  expect(smtp.recipients.filter((recipient) => recipient === address)).toHaveLength(1);
}

/** Reliability note, section 3, and what is near it. */
const refused = [
  'a@x.org, b@evil.test',
  'a@x.org,b@evil.test',
  'a@x.org;b@evil.test',
  'a@x.org b@evil.test',
  'a@x.org\r\nBcc: b@evil.test',
  'a@x.org\nX-Evil: 1',
  'a@x.org\rX-Evil: 1',
  '\r\nBcc: b@evil.test\r\na@x.org',
  'victim@x.org <b@evil.test>',
  '<b@evil.test>',
  '"b@evil.test y"@x.org',
  '"b@evil.test, c"@x.org',
  '"a\\"b"@x.org',
  'grp: a@x.org, b@evil.test;',
  'a\u0000@x.org',
  'a@x.org\u0000@evil.test',
  'a@x.org> SIZE=1\r\nRCPT TO:<b@evil.test',
  'a@x.org> NOTIFY=NEVER',
  'a@x.org(b@evil.test)',
  '(b@evil.test)a@x.org',
  'a\uff20evil.test@x.org',
  'a\ufe6bevil.test@x.org',
  '\u0430dmin@x.org',
  'm\u0131ke@x.org',
  'a\u212a@x.org',
  '-oQ/tmp@x.org',
  '|id@x.org',
  '`id`@x.org',
  '{{7*7}}@x.org',
  'a\u2028b@x.org',
  'a@x.org\u2028Bcc: b@evil.test',
  'a@x.org\u0085Bcc: b@evil.test',
  'a@x\uff0eorg@evil.test',
  'a@[127.0.0.1]',
  'a@[IPv6:::1]',
  'a@127.0.0.1',
  'a@localhost',
  '@evil.test:a@x.org',
  'a@b@evil.test',
  'a@x.org.',
  'a@x..org',
  'a\u200b@x.org',
  '\u202ea@x.org',
  '\ufeffa@x.org',
  `${'a'.repeat(249)}@x.org`,
  `${'a'.repeat(9_994)}@x.org`,
];

const taken: [string, string][] = [
  ['a%evil.test@x.org', 'a%evil.test@x.org'],
  ['=?utf-8?q?x?=@x.org', '=?utf-8?q?x?=@x.org'],
  ['=?utf-8?b?YkBldmlsLnRlc3Q=?=@x.org', '=?utf-8?b?ykbldmlslnrlc3q=?=@x.org'],
  ["o'connor@x.org", "o'connor@x.org"],
  ['evil.test!a@x.org', 'evil.test!a@x.org'],
  ['/etc/passwd@x.org', '/etc/passwd@x.org'],
  ['$IFS#&x@x.org', '$ifs#&x@x.org'],
  ['a@b\u00fccher.example', 'a@xn--bcher-kva.example'],
  ['  Mixed.Case+Tag@X.ORG\t', 'mixed.case+tag@x.org'],
  [`${'a'.repeat(64)}@${'x'.repeat(60)}.org`, `${'a'.repeat(64)}@${'x'.repeat(60)}.org`],
];

it.each(refused)('%j is refused, and no mail is owed', async (email) => {
  const owed = async () => (await service.database.sql('select from mails')).length;
  const before = await owed();
  expect((await register(service.url, email)).status).toBe(422);
  expect(await owed()).toBe(before);
});

it.each(taken)('%j goes to %s alone, once', async (email, address) => {
  const answer = await register(service.url, email);
  expect(answer).toMatchObject({ status: 201, body: { email: address } });
  expectDeliveredTo(address, await mailsTo(smtp, address));
});

it('a new code goes where the first one went, however the address is written now', async () => {
  const address = newEmail();
  await register(service.url, address);
  await mailsTo(smtp, address);
  await service.database.sql(`update activation_codes set issued_at = array[now() - interval '10 minutes']`);
  const answer = await resend(service.url, ` ${address.toUpperCase()}`);
  expect(answer.status).toBe(202);
  const [, second] = await mailsTo(smtp, address, 2);
  expect([second!.to, headerNames(second!).toSorted()]).toEqual([[address], expectedHeaders]);
});

/** Parts of addresses, of headers and of SMTP, to be put together in any order. */
const parts = [
  'a',
  'b@evil.test',
  '@',
  'x.org',
  ',',
  ';',
  ' ',
  '\t',
  '<',
  '>',
  '"',
  '(',
  ')',
  ':',
  '\\',
  '.',
  '%',
  '!',
  '\r\n',
  '\n',
  '\u0000',
  'Bcc: ',
  'RCPT TO:',
  '=?utf-8?q?',
  '?=',
  '\uff20',
  '\u3002',
  '\u2028',
  '\u00ad',
  'xn--',
  '\u00fc',
  '+',
  '-',
  "'",
];

it('whatever is put together as an address is refused, or goes to the address of the answer alone', async () => {
  const seed = fuzzSeed();
  const random = new Random(seed);
  const tried = random.times(300, () => {
    const local = random.times(1 + random.int(3), () => random.pick(parts)).join('');
    const rest = random.times(random.int(3), () => random.pick(parts)).join('');
    return `${local}${random.int(2 ** 31)}@x${random.chance(50) ? '' : rest}.org${random.chance(70) ? '' : rest}`;
  });
  const answers: Answer[] = [];
  for (const email of tried) answers.push(await register(service.url, email));
  const addresses = answers.filter(({ status }) => status === 201).map(({ body }) => String(body['email']));
  expect({
    seed,
    statuses: [...new Set(answers.map(({ status }) => status))].toSorted((a, b) => a - b),
  }).toEqual({ seed, statuses: [201, 422] });

  const arrived = () => smtp.recipients.filter((address) => addresses.includes(address));
  await eventually(() => arrived().length >= addresses.length, {
    what: `all mails, FUZZ_SEED=${seed}`,
  });
  const plain = /^[a-z0-9!#$%&'*+/=?^_~.-]+@([a-z0-9-]+\.)+[a-z0-9-]+$/;
  expect({ seed, odd: addresses.filter((address) => !plain.test(address)) }).toEqual({ seed, odd: [] });
  expect({ seed, to: arrived().toSorted() }).toEqual({ seed, to: addresses.toSorted() });

  const known = await service.database.sql<{ email: string }>('select email from users');
  const strangers = smtp.recipients.filter((address) => !known.some(({ email }) => email === address));
  expect({ seed, strangers }).toEqual({ seed, strangers: [] });
});
