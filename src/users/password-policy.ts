import { Injectable } from '@nestjs/common';
import { dictionary } from '@zxcvbn-ts/language-common';
import type { Fault } from '../common/validation-failed.js';
import { Config } from '../config/config.js';
import { canonicalEmail } from './email-address.js';

/** bcrypt reads 72 octets and ignores the rest, so more is refused (OWASP Password Storage Cheat Sheet). */
export const MAX_PASSWORD_OCTETS = 72;

/**
 * What a password must be when it is chosen: long enough, all of it hashed, possible to send in HTTP Basic, and
 * not one that everybody tries first. No composition rules (NIST SP 800-63B-4 section 3.1.1.2).
 */
@Injectable()
export class PasswordPolicy {
  constructor(private readonly config: Config) {}

  /**
   * @param password as received
   * @param email the canonical address, when that could be read
   * @returns one row a fault; none means acceptable
   */
  faults(password: string, email: string | undefined): Fault[] {
    const { minLength } = this.config.password;
    if (!password.isWellFormed()) return [fault('invalid_text', 'The password is not valid Unicode text.')];
    const normal = normalizePassword(password);
    const faults: Fault[] = [];
    if (Array.from(normal).length < minLength) {
      faults.push(fault('too_short', `The password needs at least ${minLength} characters.`));
    }
    if (Buffer.byteLength(normal) > MAX_PASSWORD_OCTETS) {
      faults.push(fault('too_long', `The password may have at most ${MAX_PASSWORD_OCTETS} bytes in UTF-8.`));
    }
    if (/\p{Cc}/u.test(normal)) {
      faults.push(fault('control_character', 'The password must not contain control characters.'));
    }
    if (email !== undefined && isMadeOf(normal, email)) {
      faults.push(fault('contains_email', 'The password must not be the e-mail address or its first part.'));
    }
    if (isTriedFirst(normal.toLowerCase())) {
      faults.push(
        fault('too_common', 'The password is one of those that are tried first. Please choose another.'),
      );
    }
    return faults;
  }
}

/** Of about 50,000 leaked most often (zxcvbn-ts, MIT), the 18,000 that are long enough to be chosen here. */
export const commonPasswords: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].filter((word) => word.length >= 8),
);

/** That list leaves out what zxcvbn finds by rule, although it is tried as early: `00000000`, `abcabcabc`, `87654321`. */
function isTriedFirst(lower: string): boolean {
  if (commonPasswords.has(lower)) return true;
  return /^[a-z0-9]{8,12}$/.test(lower) && (/^(.{1,4})\1+$/.test(lower) || isRun(lower));
}

/** Each character is the one after, or each is the one before, the character to its left. */
function isRun(text: string): boolean {
  const steps = Array.from(text.slice(1), (character, i) => character.charCodeAt(0) - text.charCodeAt(i));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}

/** One form on both paths: the same password typed on two keyboards must be the same octets (NFC, RFC 8265). */
export function normalizePassword(password: string): string {
  return password.normalize('NFC');
}

function isMadeOf(password: string, email: string): boolean {
  const localPart = email.slice(0, email.lastIndexOf('@'));
  return canonicalEmail(password) === email || password.toLowerCase() === localPart;
}

function fault(code: string, detail: string): Fault {
  return { pointer: '/password', code, detail };
}
