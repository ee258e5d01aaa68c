/** At most `points` in `seconds`. The window starts with the first one. */
export interface Window {
  points: number;
  seconds: number;
}

/**
 * How much of what one key may do. Several windows of one limit hold together; for wrong passwords they make the
 * delay grow: the more wrong ones, the longer the window that is full.
 *
 * Figures: django-allauth allows 20 sign-ups a minute and address, GoTrue 30 verifications in 5 minutes; twice
 * that here, because offices and schools share an address. NIST SP 800-63B-4 section 3.2.2 allows 100 wrong
 * passwords in a row.
 */
export const rateLimits = {
  'registrations-of-client': [
    { points: 40, seconds: 60 },
    { points: 400, seconds: 3_600 },
  ],
  'registrations-of-everyone': [{ points: 6_000, seconds: 60 }],
  'sign-ins-of-client': [{ points: 120, seconds: 300 }],
  'wrong-passwords-of-client': [
    { points: 60, seconds: 300 },
    { points: 300, seconds: 86_400 },
  ],
  // Of one client for one account, so that nobody can lock somebody else out (ASVS 5.0 6.1.1).
  'wrong-passwords-for-account': [
    { points: 10, seconds: 60 },
    { points: 20, seconds: 600 },
    { points: 50, seconds: 86_400 },
  ],
} as const satisfies Record<string, Window[]>;

export type RateLimitName = keyof typeof rateLimits;
