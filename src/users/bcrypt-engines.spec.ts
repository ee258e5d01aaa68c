import { describe, expect, it } from '@jest/globals';
import { type BcryptEngine, loadNative, portable } from './bcrypt-engines.mjs';

const native = await loadNative();

const passwords = [
  'correct horse battery',
  'päßwörd with ümlauts',
  '😀'.repeat(18),
  'x'.repeat(72),
  ' spaces around ',
  'Пароль на русском',
];

/** Every engine there is here; the native one is optional by nature. */
const engines: BcryptEngine[] = [portable, ...(native ? [native] : [])];

describe('the engines of bcrypt', () => {
  it('include native code on the platform that runs the tests', () => {
    expect(native?.name).toBe('@node-rs/bcrypt');
  });

  it.each(engines.map((engine) => [engine.name, engine] as const))(
    '%s writes $2b$ with its own salt',
    (_, engine) => {
      const hashes = [engine.hash('the same', 4), engine.hash('the same', 4)];
      for (const hash of hashes) expect(hash).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
      expect(hashes[0]).not.toBe(hashes[1]);
    },
  );

  it.each(engines.flatMap((a) => engines.map((b) => [a.name, b.name, a, b] as const)))(
    'agree: what %s hashed, %s verifies, and nothing else',
    (_a, _b, hasher, verifier) => {
      for (const password of passwords) {
        const stored = hasher.hash(password, 4);
        expect(verifier.verify(password, stored)).toBe(true);
        expect(verifier.verify(`${password.slice(0, -1)}?`, stored)).toBe(false);
      }
    },
  );

  it.each(engines.map((engine) => [engine.name, engine] as const))(
    '%s never accepts a corrupt hash',
    (_, engine) => {
      for (const stored of ['', 'x'.repeat(60), '$2b$04$short', 'plain text']) {
        let accepted = false;
        try {
          accepted = engine.verify('x', stored);
        } catch {
          // An error is as good an answer as false: PasswordHasher takes both for "no".
        }
        expect(accepted).toBe(false);
      }
    },
  );
});
