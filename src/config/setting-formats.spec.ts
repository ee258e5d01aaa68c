import { describe, expect, it } from '@jest/globals';
import { parseMailbox, parseProxyTrust, parseSmtpConnections } from './setting-formats.js';

describe('parseMailbox', () => {
  it.each([
    ['no-reply@example.com', '', 'no-reply@example.com'],
    ['Registration <no-reply@example.com>', 'Registration', 'no-reply@example.com'],
    ['Registration Service <no-reply@example.com>', 'Registration Service', 'no-reply@example.com'],
    ['  Ünï 名 <no-reply@example.com>  ', 'Ünï 名', 'no-reply@example.com'],
    ['<no-reply@example.com>', '', 'no-reply@example.com'],
    ['Name<no-reply@localhost>', 'Name', 'no-reply@localhost'],
    ['"Example, Inc." <no-reply@example.com>', 'Example, Inc.', 'no-reply@example.com'],
    [
      String.raw`"The \"best\" \\ <us>"<no-reply@example.com>`,
      String.raw`The "best" \ <us>`,
      'no-reply@example.com',
    ],
  ])('reads %j', (text, name, address) => {
    expect(parseMailbox(text)).toEqual({ name, address });
  });

  it.each([
    '',
    'no-reply',
    '@example.com',
    'no-reply@',
    'a@b@c',
    'a@example.com, b@example.com',
    'a@example.com b@example.com',
    'Name <a@example.com> b',
    'Name <a@example.com',
    'Name a@example.com>',
    'Name <>',
    'Name <a @example.com>',
    '"Name <a@example.com>',
    'Name" <a@example.com>',
    '"Name" more <a@example.com>',
    '"Name\\" <a@example.com>',
    '"Name\r\nBcc: b" <a@example.com>',
    '"Name"',
    'Name\r\nBcc: b@example.com <a@example.com>',
    'a@exam\nple.com',
  ])('refuses %j', (text) => {
    expect(parseMailbox(text)).toBeUndefined();
  });
});

describe('parseSmtpConnections', () => {
  it.each([
    ['smtp://mail.internal', 10],
    ['smtps://user:p%40ss@mail.internal:465?requireTLS=false', 10],
    ['smtp://mail.internal?maxConnections=1', 1],
    ['smtp://mail.internal/?requireTLS=false&maxConnections=100', 100],
  ])('reads %j', (url, connections) => {
    expect(parseSmtpConnections(url)).toBe(connections);
  });

  it.each(['0', '-1', '1.5', '101', '1e1', 'many', '', '%201', '1&maxConnections=1'])(
    'refuses %j',
    (text) => {
      expect(parseSmtpConnections(`smtp://mail.internal?maxConnections=${text}`)).toBeUndefined();
    },
  );
});

describe('parseProxyTrust', () => {
  it.each<[string, number | string[] | false]>([
    ['false', false],
    ['0', false],
    ['1', 1],
    ['12', 12],
    ['99', 99],
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.0.0.0/8, 192.168.0.0/16', ['10.0.0.0/8', '192.168.0.0/16']],
    ['::1,fd00::/8', ['::1', 'fd00::/8']],
    ['::/128', ['::/128']],
    ['10.0.0.0/32', ['10.0.0.0/32']],
  ])('reads %j', (text, trust) => {
    expect(parseProxyTrust(text)).toEqual(trust);
  });

  it.each([
    'true',
    'TRUE',
    'False',
    '-1',
    '1.5',
    '01',
    '100',
    ' 1',
    'loopback',
    'proxy.example.com',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8,',
    ',',
    '10.0.0.256',
    '10.0.0.0/8,true',
  ])('refuses %j', (text) => {
    expect(parseProxyTrust(text)).toBeUndefined();
  });
});
