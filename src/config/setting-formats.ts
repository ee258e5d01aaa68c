import { isIP } from 'node:net';
import { ValidateBy } from 'class-validator';

/** A display name and an address, as `MAIL_FROM` gives them. */
export interface Mailbox {
  name: string;
  address: string;
}

const mailbox =
  /^(?:(?:"(?<quoted>(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*)" *|(?<plain>[^<>"\p{Cc}]*))<(?<named>[^<>\s]+)>|(?<bare>[^<>\s]+))$/u;

/** `Name <a@b.example>`, `"Name, Inc." <a@b.example>` or `a@b.example`; no list, no comments (RFC 5322 section 3.4). */
export function parseMailbox(text: string): Mailbox | undefined {
  const { quoted, plain, named, bare } = mailbox.exec(text.trim())?.groups ?? {};
  const address = named ?? bare;
  if (address === undefined || !/^[^@\s,;:"()]+@[^@\s,;:"()]+$/.test(address)) return undefined;
  return { name: quoted?.replace(/\\(.)/gu, '$1') ?? plain?.trim() ?? '', address };
}

/** As many mails are sent at once as there may be connections. */
const SMTP_CONNECTIONS = '10';

/**
 * How many connections the URL of an SMTP server allows: 1 to 100 as `maxConnections`, nodemailer's name for it.
 *
 * @returns undefined for nonsense
 */
export function parseSmtpConnections(url: string): number | undefined {
  const [text = SMTP_CONNECTIONS, ...more] = new URL(url).searchParams.getAll('maxConnections');
  return more.length === 0 && /^([1-9]\d?|100)$/.test(text) ? Number(text) : undefined;
}

/**
 * How many proxies to trust, or which: a hop count from 1, or a list of addresses and CIDR blocks.
 * `true`, or a block of all addresses, would let every client choose its own, so it is refused.
 *
 * @returns false for "none", undefined for nonsense
 */
export function parseProxyTrust(text: string): number | string[] | false | undefined {
  if (text === 'false' || text === '0') return false;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const blocks = text.split(',').map((block) => block.trim());
  return blocks.every(isAddressBlock) ? blocks : undefined;
}

function isAddressBlock(block: string): boolean {
  const [address, bits, ...rest] = block.split('/');
  const version = isIP(address!);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The setting is a URL of one of the schemes. The value is not repeated: it may hold a password. */
export function IsUrlOf(schemes: string[]): PropertyDecorator {
  const names = schemes.map((scheme) => `${scheme}//`).join(' or ');
  return rule('isUrlOf', `$property must be a ${names} URL`, (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname, username, password } = new URL(value);
    return schemes.includes(protocol) && hostname !== '' && [username, password].every(isEncoded);
  });
}

/** A percent sign of a password must be written `%25`; the libraries that decode it end the process otherwise. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The setting is a URL that names no database of Redis, or one by its number. */
export function NamesRedisDatabase(): PropertyDecorator {
  return rule(
    'namesRedisDatabase',
    '$property must have the number of a database as its path, or none',
    (value) => {
      return !URL.canParse(value) || /^\/?\d*$/.test(new URL(value).pathname);
    },
  );
}

/** The setting is a URL that says nothing, or something sensible, about the number of connections. */
export function HasSmtpConnections(): PropertyDecorator {
  return rule('hasSmtpConnections', '$property must have 1 to 100 as maxConnections', (value) => {
    return !URL.canParse(value) || parseSmtpConnections(value) !== undefined;
  });
}

/** The setting is one mailbox. */
export function IsMailbox(): PropertyDecorator {
  const message = '$property must be an address, or a name and an address: Name <name@example.com>';
  return rule('isMailbox', message, (value) => parseMailbox(value) !== undefined);
}

/** The setting says which proxies to trust. */
export function IsProxyTrust(): PropertyDecorator {
  const message =
    '$property must be false, a number of proxies, or a list of addresses and CIDR blocks; never true';
  return rule('isProxyTrust', message, (value) => parseProxyTrust(value) !== undefined);
}

function rule(name: string, message: string, holds: (value: string) => boolean): PropertyDecorator {
  const validate = (value: unknown) => typeof value === 'string' && holds(value);
  return ValidateBy({ name, validator: { validate, defaultMessage: () => message } });
}
