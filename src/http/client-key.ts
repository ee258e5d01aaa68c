import { isIPv4 } from 'node:net';

/**
 * What one client is counted as: an IPv4 address, or the /64 of an IPv6 one, since a customer gets that many
 * addresses at least (RFC 6177).
 *
 * @param ip as Express gives it, behind the proxies that are trusted
 */
export function clientKey(ip: string | undefined): string {
  const address = withoutPort(ip ?? '')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return address === '' || isIPv4(address) ? address : `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** Some proxies tell the port of their client, too (Azure's Application Gateway): each connection has another one. */
function withoutPort(ip: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1] ?? ip;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head, tail = ''] = address.toLowerCase().split('::') as [string, string?];
  const left = head.split(':').filter((group) => group !== '');
  const right = tail.split(':').filter((group) => group !== '');
  const missing = Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(missing).fill('0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  );
}
