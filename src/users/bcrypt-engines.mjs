// The two ways to compute bcrypt. Hashes are `$2b$` and verify both ways, so the choice may change at any time.
import * as bcryptjs from 'bcryptjs';

/**
 * @typedef {object} BcryptEngine
 * @property {string} name
 * @property {(password: string, cost: number) => string} hash
 * @property {(password: string, stored: string) => boolean} verify false, or an error, for what is no bcrypt hash
 */

/**
 * Plain JavaScript: works wherever Node does.
 * @type {BcryptEngine}
 */
export const portable = { name: 'bcryptjs', hash: bcryptjs.hashSync, verify: bcryptjs.compareSync };

/**
 * Native code, an optional dependency: about 1.5 times as many hashes a second.
 * @returns {Promise<BcryptEngine | undefined>} undefined where there is none for this platform
 */
export async function loadNative() {
  try {
    const { hashSync, verifySync } = await import('@node-rs/bcrypt');
    return {
      name: '@node-rs/bcrypt',
      hash: (password, cost) => hashSync(password, { cost }),
      verify: verifySync,
    };
  } catch {
    return undefined;
  }
}
