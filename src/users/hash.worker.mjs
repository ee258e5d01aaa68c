// Runs on a hash thread, so that bcrypt never holds the event loop (OWASP Node.js, "do not block the event loop").
import { compareSync, hashSync } from 'bcryptjs';

/**
 * @param {{ password: string, cost: number }} task
 * @returns {string} a `$2b$` hash
 */
export function hash({ password, cost }) {
  return hashSync(password, cost);
}

/**
 * @param {{ password: string, stored: string }} task
 * @returns {boolean}
 */
export function verify({ password, stored }) {
  // bcryptjs answers "no" to what cannot be a hash; the owner of that account deserves that somebody learns of it.
  if (stored.length !== 60) throw new Error('a bcrypt hash has 60 characters');
  return compareSync(password, stored);
}
