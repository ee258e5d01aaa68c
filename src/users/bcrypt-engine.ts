import { Piscina } from 'piscina';
import type { Config } from '../config/config.js';

/**
 * A way to compute bcrypt, on other threads than the event loop's (OWASP Node.js, "do not block the event loop"). All of
 * them write `$2b$` and verify each other's hashes, so the choice may change at any time.
 */
export abstract class BcryptEngine {
  abstract readonly name: string;
  /** How many passwords it works on at once, at least 1. */
  abstract readonly threads: number;

  abstract hash(password: string, cost: number): Promise<string>;

  /** @returns false, or throws, for what is no bcrypt hash */
  abstract verify(password: string, stored: string): Promise<boolean>;

  /** What it is working on may be left undone. */
  abstract close(): Promise<void>;
}

/** Plain JavaScript on worker threads: works wherever Node does. */
export class PortableBcrypt implements BcryptEngine {
  readonly name = 'bcryptjs';
  private readonly pool: Piscina;

  constructor(readonly threads: number) {
    this.pool = new Piscina({
      filename: new URL('./hash.worker.mjs', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
    });
  }

  hash(password: string, cost: number): Promise<string> {
    return this.pool.run({ password, cost }, { name: 'hash' }) as Promise<string>;
  }

  verify(password: string, stored: string): Promise<boolean> {
    return this.pool.run({ password, stored }, { name: 'verify' }) as Promise<boolean>;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

type NativeLibrary = typeof import('@node-rs/bcrypt');

/** Native code, on the threads of libuv's own pool: about 1.5 times as many hashes a second. */
export class NativeBcrypt implements BcryptEngine {
  readonly name = '@node-rs/bcrypt';

  private constructor(
    private readonly library: NativeLibrary,
    readonly threads: number,
  ) {}

  /** @returns undefined where there is none for this platform: it is an optional dependency */
  static async load(threads: number, library = '@node-rs/bcrypt'): Promise<NativeBcrypt | undefined> {
    try {
      return new NativeBcrypt((await import(library)) as NativeLibrary, threads);
    } catch {
      return undefined;
    }
  }

  hash(password: string, cost: number): Promise<string> {
    return this.library.hash(password, { cost });
  }

  verify(password: string, stored: string): Promise<boolean> {
    return this.library.verify(password, stored);
  }

  async close(): Promise<void> {}
}

/**
 * Native code where there is some and it is wanted. It is given no more than all threads of libuv's pool: files and names
 * are looked up there, too, and what waits there for a thread gets the next one that ends its hash.
 */
export async function chooseEngine({
  native,
  threads,
  libuvThreads,
}: Config['hashing']): Promise<BcryptEngine> {
  const engine = native ? await NativeBcrypt.load(Math.min(threads, libuvThreads)) : undefined;
  return engine ?? new PortableBcrypt(threads);
}
