import { domainToASCII, domainToUnicode } from 'node:url';

/** Octets of the local part and of the whole address (RFC 5321 section 4.5.3.1). */
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/** A domain shrinks when it becomes an A-label, but never to a fourth; longer input is refused before any work. */
const MAX_INPUT = 4 * MAX_ADDRESS;

/** Dot-atoms of RFC 5322 without back-tick, pipe and braces, which shells and templates read; no leading `-`. */
const localPart = /^(?!-)[A-Za-z0-9!#$%&'*+/=?^_~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_~-]+)*$/;

/** At least two labels of letters, digits and inner hyphens; the last one is not a number (RFC 3696 section 2). */
const domain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What may stand in a domain before UTS-46: no ASCII but letters, digits, hyphen and dot. */
const domainInput = /^(?:[A-Za-z0-9.-]|[^\p{ASCII}\p{Cc}\p{Cf}\p{Z}])+$/u;

/**
 * Turns an address into the one form that is stored, compared and written to: spaces and tabs around it dropped,
 * lower case, an international domain as its A-label (UTS-46). `+tag` counts; nothing is folded that a provider might fold.
 *
 * @returns undefined for anything that is not an acceptable address; never throws
 */
export function canonicalEmail(input: string): string | undefined {
  if (input.length > MAX_INPUT) return undefined;
  const text = input.replace(/^[ \t]+|[ \t]+$/g, '');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || local.length > MAX_LOCAL || !localPart.test(local)) return undefined;
  const host = canonicalDomain(text.slice(at + 1));
  if (host === undefined || local.length + 1 + host.length > MAX_ADDRESS) return undefined;
  return `${local}@${host}`.toLowerCase();
}

function canonicalDomain(input: string): string | undefined {
  if (!domainInput.test(input)) return undefined;
  const ascii = domainToASCII(input);
  // Folding must not turn a look-alike into plain ASCII: only a name that stays international may come in as one.
  if (/[^\p{ASCII}]/u.test(input) && !/(^|\.)xn--/.test(ascii)) return undefined;
  return domain.test(ascii) && ascii.split('.').every(isHonestLabel) ? ascii : undefined;
}

/** An A-label must stand for something that ASCII cannot say. Node 24 lets through those that mean nothing. */
function isHonestLabel(label: string): boolean {
  if (!label.startsWith('xn--')) return true;
  const unicode = domainToUnicode(label);
  return /[^\p{ASCII}]/u.test(unicode) && domainToASCII(unicode) === label;
}
