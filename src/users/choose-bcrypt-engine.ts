import type { Config } from '../config/config.js';
import type { BcryptEngine } from './bcrypt-engine.js';
import { NativeBcrypt } from './native-bcrypt.js';
import { PortableBcrypt } from './portable-bcrypt.js';

/** Native code where it is wanted and there is some for this platform, else JavaScript. */
export async function chooseBcryptEngine(hashing: Config['hashing']): Promise<BcryptEngine> {
  const engine = hashing.native ? await NativeBcrypt.load(hashing.atOnce) : undefined;
  return engine ?? new PortableBcrypt(hashing.threads);
}
