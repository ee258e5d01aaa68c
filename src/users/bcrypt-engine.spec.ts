import { afterAll, describe, expect, it, jest } from '@jest/globals';
import type { BcryptEngine } from './bcrypt-engine.js';
import { chooseBcryptEngine } from './choose-bcrypt-engine.js';
import { NativeBcrypt } from './native-bcrypt.js';
import { PortableBcrypt } from './portable-bcrypt.js';

const native = await NativeBcrypt.load(1);

const passwords = [
  'correct horse battery',
  'päßwörd with ümlauts',
  '😀'.repeat(18),
  'x'.repeat(72),
  ' spaces around ',
  'Пароль на русском',
];

/** Every engine there is here; the native one is optional by nature. */
const engines: BcryptEngine[] = [new PortableBcrypt(1), ...(native ? [native] : [])];

afterAll(() => Promise.all(engines.map((engine) => engine.close())));

describe('the engines of bcrypt', () => {
  it('include native code on the platform that runs the tests', () => {
    expect(native?.name).toBe('@node-rs/bcrypt');
  });

  it.each(engines.map((engine) => [engine.name, engine] as const))(
    '%s writes $2b$ with its own salt',
    async (_, engine) => {
      const hashes = [await engine.hash('the same', 4), await engine.hash('the same', 4)];
      for (const hash of hashes) expect(hash).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
      expect(hashes[0]).not.toBe(hashes[1]);
    },
  );

  it.each(engines.flatMap((a) => engines.map((b) => [a.name, b.name, a, b] as const)))(
    'agree: what %s hashed, %s verifies, and nothing else',
    async (_a, _b, hasher, verifier) => {
      for (const password of passwords) {
        const stored = await hasher.hash(password, 4);
        expect(await verifier.verify(password, stored)).toBe(true);
        expect(await verifier.verify(`${password.slice(0, -1)}?`, stored)).toBe(false);
      }
    },
  );

  it.each(engines.map((engine) => [engine.name, engine] as const))(
    '%s never accepts a corrupt hash',
    async (_, engine) => {
      for (const stored of ['', 'x'.repeat(60), '$2b$04$short', 'plain text']) {
        // PasswordHasher shows none of these to an engine. Should one get there, an error is as good an answer as false.
        expect(await engine.verify('x', stored).catch(() => false)).toBe(false);
      }
    },
  );
});

describe('the choice', () => {
  const hashing = { native: true, threads: 3, atOnce: 4, queueMax: 1 };

  async function choose(settings: Partial<typeof hashing>) {
    const engine = await chooseBcryptEngine({ ...hashing, ...settings });
    await engine.close();
    return { name: engine.name, atOnce: engine.atOnce };
  }

  it('is native code', async () => {
    expect(await choose({})).toEqual({ name: '@node-rs/bcrypt', atOnce: 4 });
  });

  it('is JavaScript where somebody wants it', async () => {
    expect(await choose({ native: false })).toEqual({ name: 'bcryptjs', atOnce: 3 });
  });

  it('is JavaScript where there is no native code', async () => {
    jest.unstable_mockModule('@node-rs/bcrypt', () => {
      throw new Error('not for this platform');
    });
    jest.resetModules();
    expect(await choose({})).toEqual({ name: 'bcryptjs', atOnce: 3 });
  });
});
