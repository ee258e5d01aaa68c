import { Piscina } from 'piscina';
import type { BcryptEngine } from './bcrypt-engine.js';

/** Plain JavaScript on worker threads: works wherever Node does. */
export class PortableBcrypt implements BcryptEngine {
  readonly name = 'bcryptjs';
  private readonly pool: Piscina;

  constructor(readonly atOnce: number) {
    this.pool = new Piscina({
      filename: new URL('./hash.worker.mjs', import.meta.url).href,
      minThreads: atOnce,
      maxThreads: atOnce,
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
