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
  return compareSync(password, stored);
}
