import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Piscina } from 'piscina';
import { DomainError } from '../common/domain-error.js';
import { inSpan } from '../common/tracing.js';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { MAX_PASSWORD_OCTETS, normalizePassword } from './password-policy.js';

/**
 * How long whoever is refused waits for the refusal, milliseconds. Clients that do not wait as they are told but ask again at
 * once would else take the event loop from those who are served, and from the probes (docs/decisions.md).
 */
const REFUSAL_MS = 500;

/** As many passwords wait as may; refused before any work is done. */
export class Overloaded extends DomainError {
  constructor() {
    super('overloaded', 'Too many requests are being handled right now. Please try again shortly.', {
      retryAfter: 5,
    });
  }
}

/**
 * bcrypt on worker threads behind a bounded queue. The only place that sees a password after validation; it
 * normalises on both paths.
 */
@Injectable()
export class PasswordHasher implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('PasswordHasher');
  private readonly pool: Piscina;
  /** The hash that an unknown address is checked against; of the same cost, so that it takes the same time. */
  private readonly nobody: Promise<string>;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
  ) {
    const { threads, native } = config.hashing;
    this.pool = new Piscina({
      filename: new URL('./hash.worker.mjs', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      workerData: { native },
    });
    // Begun here, because it takes as long as a registration and the rest of the application is made meanwhile.
    this.nobody = this.hash('nobody has this password');
    // Whoever awaits it is told.
    this.nobody.catch(() => undefined);
  }

  async onModuleInit(): Promise<void> {
    const { threads } = this.config.hashing;
    const { bcryptCost: cost } = this.config.password;
    if (cost < 10) this.logger.warn(`BCRYPT_COST ${cost} is below 10, the least that OWASP recommends`);
    await this.nobody;
    const engine = String(await this.pool.run(undefined, { name: 'engineName' }));
    this.metrics.hashEngine.set({ engine }, 1);
    this.logger.log({ event: 'hashing.ready', engine, threads, cost });
  }

  /**
   * @returns a `$2b$` hash of the configured cost
   * @throws Overloaded
   */
  async hash(password: string): Promise<string> {
    return (await this.run('hash', {
      password: normalizePassword(password),
      cost: this.config.password.bcryptCost,
    })) as string;
  }

  /**
   * Costs the same whether there is a hash to check or not: without one, or with a password that no
   * registration would accept, a throw-away hash is checked.
   *
   * @param hash undefined for an unknown address
   * @throws Overloaded
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const normal = normalizePassword(password);
    const possible = hash !== undefined && Buffer.byteLength(normal) <= MAX_PASSWORD_OCTETS;
    const task = possible
      ? { password: normal, stored: hash }
      : { password: 'not this one', stored: await this.nobody };
    try {
      return (await this.run('verify', task)) === true && possible;
    } catch (error) {
      if (error instanceof Overloaded) throw error;
      this.logger.error(new Error('a stored password hash cannot be read', { cause: error }));
      return false;
    }
  }

  /** Whether a stored hash has the configured cost. */
  isCurrent(hash: string): boolean {
    return Number(hash.split('$')[2]) === this.config.password.bcryptCost;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }

  /** How many wait for a thread. */
  get queueDepth(): number {
    return this.pool.queueSize;
  }

  private async run(name: 'hash' | 'verify', task: object): Promise<unknown> {
    // Asked first, because Piscina reports its own limit as a plain Error, like a fault of the worker.
    if (this.pool.queueSize >= this.config.hashing.queueMax) {
      await delay(REFUSAL_MS);
      throw new Overloaded();
    }
    const stop = this.metrics.hashSeconds.startTimer();
    return inSpan(`${name} password`, {}, () => this.pool.run(task, { name })).finally(stop);
  }
}
