/** A user name and a password as HTTP Basic carries them. */
export interface BasicCredentials {
  username: string;
  password: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Credentials have at most 254 + 1 + 4 * 72 octets; base64 makes four of three, with room to spare. */
const MAX_HEADER_LENGTH = 1024;

/**
 * Reads an `Authorization` header strictly by RFC 7617: scheme in any case, one space, canonical base64,
 * valid UTF-8, no control characters, the first colon splits.
 *
 * Node's own base64 decoder skips what it does not know, so two different headers could mean the same
 * credentials; encoding the result again and comparing closes that.
 *
 * @returns undefined for anything else
 */
export function parseBasicCredentials(header: string | undefined): BasicCredentials | undefined {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return undefined;
  const token = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (token === undefined) return undefined;
  const octets = Buffer.from(token, 'base64');
  if (octets.toString('base64') !== token) return undefined;
  const pair = decode(octets);
  const colon = pair?.indexOf(':') ?? -1;
  // eslint-disable-next-line no-control-regex -- RFC 7617 section 2 forbids exactly these
  if (pair === undefined || colon < 0 || /[\u0000-\u001f\u007f]/.test(pair)) return undefined;
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

function decode(octets: Buffer): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
