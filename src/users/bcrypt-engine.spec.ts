import { afterAll, describe, expect, it } from '@jest/globals';
import { type BcryptEngine, NativeBcrypt, PortableBcrypt, chooseEngine } from './bcrypt-engine.js';

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
        // An error is as good an answer as false: PasswordHasher takes both for "no".
        expect(await engine.verify('x', stored).catch(() => false)).toBe(false);
      }
    },
  );
});

describe('the choice', () => {
  const hashing = { threads: 3, libuvThreads: 2, queueMax: 1 };

  it('is native code, on no more threads than libuv has', async () => {
    const { name, threads } = await chooseEngine({ ...hashing, native: true });
    expect({ name, threads }).toEqual({ name: '@node-rs/bcrypt', threads: 2 });
  });

  it('is JavaScript where somebody wants it', async () => {
    const engine = await chooseEngine({ ...hashing, native: false });
    expect({ name: engine.name, threads: engine.threads }).toEqual({ name: 'bcryptjs', threads: 3 });
    await engine.close();
  });

  it('has no native code where there is no such package', async () => {
    expect(await NativeBcrypt.load(1, '@node-rs/not-for-this-platform')).toBeUndefined();
  });
});
