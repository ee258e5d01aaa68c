// Runs on a worker thread of PortableBcrypt.
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
 * @returns {boolean} false, or an error, for what is no bcrypt hash
 */
export function verify({ password, stored }) {
  return compareSync(password, stored);
}
