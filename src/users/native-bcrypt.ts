import type { BcryptEngine } from './bcrypt-engine.js';

type NativeLibrary = typeof import('@node-rs/bcrypt');

/** Native code, on the threads of libuv's own pool. */
export class NativeBcrypt implements BcryptEngine {
  readonly name = '@node-rs/bcrypt';

  private constructor(
    private readonly library: NativeLibrary,
    readonly atOnce: number,
  ) {}

  /** @returns undefined where there is none for this platform: it is an optional dependency */
  static async load(atOnce: number): Promise<NativeBcrypt | undefined> {
    try {
      return new NativeBcrypt(await import('@node-rs/bcrypt'), atOnce);
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
