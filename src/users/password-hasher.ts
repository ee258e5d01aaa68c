import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pLimit, { type LimitFunction } from 'p-limit';
import { Overloaded } from '../common/domain-error.js';
import { requestContext } from '../common/request-context.js';
import { inSpan } from '../common/tracing.js';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { BcryptEngine } from './bcrypt-engine.js';
import { MAX_PASSWORD_OCTETS, normalizePassword } from './password-policy.js';

/** A cost is 4 to 31. An engine answers "no" to some of what is no hash, and somebody should learn of it. */
const readable = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** Whoever asked has hung up before the turn came: a hash would only keep others from theirs. */
class NobodyWaits extends Error {}

/**
 * bcrypt behind a bounded queue. The only place that sees a password after validation; it normalises on both paths.
 */
@Injectable()
export class PasswordHasher implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('PasswordHasher');
  /** Hands the engine no more than it may be given at once. */
  private readonly queue: LimitFunction;
  /** The hash that an unknown address is checked against; of the same cost, so that it takes the same time. */
  private readonly nobody: Promise<string>;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly engine: BcryptEngine,
  ) {
    this.queue = pLimit(engine.atOnce);
    // Begun here, because it takes as long as a registration and the rest of the application is made meanwhile.
    this.nobody = this.hash('nobody has this password');
    // Whoever awaits it is told.
    this.nobody.catch(() => undefined);
  }

  async onModuleInit(): Promise<void> {
    const { bcryptCost: cost } = this.config.password;
    if (cost < 10) this.logger.warn(`BCRYPT_COST ${cost} is below 10, the least that OWASP recommends`);
    await this.nobody;
    const { name: engine, atOnce } = this.engine;
    this.metrics.hashEngine.set({ engine }, 1);
    this.logger.log({ event: 'hashing.ready', engine, at_once: atOnce, cost });
  }

  /**
   * @returns a `$2b$` hash of the configured cost
   * @throws Overloaded
   */
  hash(password: string): Promise<string> {
    const { bcryptCost } = this.config.password;
    return this.inTurn('hash', () => this.engine.hash(normalizePassword(password), bcryptCost));
  }

  /**
   * Costs the same whether there is a hash to check or not: without one, with one that cannot be read, or with a password
   * that no registration would accept, a throw-away hash is checked.
   *
   * @param hash undefined for an unknown address
   * @throws Overloaded
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const normal = normalizePassword(password);
    const isReadable = hash !== undefined && readable.test(hash);
    if (hash !== undefined && !isReadable) this.logger.error('a stored password hash cannot be read');
    const possible = isReadable && Buffer.byteLength(normal) <= MAX_PASSWORD_OCTETS;
    const [attempt, stored] = possible ? [normal, hash] : ['not this one', await this.nobody];
    return (await this.inTurn('verify', () => this.engine.verify(attempt, stored))) && possible;
  }

  /** Whether a stored hash has the configured cost. */
  isCurrent(hash: string): boolean {
    return Number(hash.split('$')[2]) === this.config.password.bcryptCost;
  }

  async onApplicationShutdown(): Promise<void> {
    // Whoever waited was hung up on by now.
    this.queue.clearQueue();
    await this.engine.close();
  }

  /** How many wait for a thread. */
  get queueDepth(): number {
    return this.queue.pendingCount;
  }

  private async inTurn<T>(name: 'hash' | 'verify', work: () => Promise<T>): Promise<T> {
    if (this.queueDepth >= this.config.hashing.queueMax) throw new Overloaded();
    const { isGone } = requestContext.getStore() ?? {};
    const stop = this.metrics.hashSeconds.startTimer();
    const unlessGone = () => {
      if (isGone?.() === true) throw new NobodyWaits();
      return work();
    };
    return inSpan(`${name} password`, {}, () => this.queue(unlessGone)).finally(stop);
  }
}
