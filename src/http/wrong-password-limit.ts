import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { PasswordGuesses } from '../common/password-guesses.js';
import { Config } from '../config/config.js';
import { clientKey } from './client-key.js';
import { RateLimiter } from './rate-limiter.js';
import type { RateLimitName } from './rate-limits.js';
import { Turnstile } from './turnstile.js';

/** How long a request waits for its turn at most, milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * Counts every password that was wrong, also when nobody waited for the answer: a right one shows by what it does.
 *
 * Of many at once each would find the limit not reached yet. So no more are compared at a time than may still be wrong;
 * the others wait, and a right one is not refused for those beside it. Each replica lets in as many.
 */
@Injectable()
export class WrongPasswordLimit extends PasswordGuesses {
  private readonly turnstiles = new Map<string, Turnstile>();

  constructor(
    private readonly config: Config,
    private readonly limiter: RateLimiter,
  ) {
    super();
  }

  async judge<T>(request: Request, username: string, compare: () => Promise<T> | T): Promise<T> {
    if (!this.config.rateLimitEnabled) return compare();
    const client = clientKey(request.ip);
    const account = `${client} ${fingerprint(username)}`;
    const compareAndCount = async () => {
      const verdict = await compare();
      if (!verdict) {
        await Promise.all([
          this.limiter.consume('wrong-passwords-for-account', account),
          this.limiter.consume('wrong-passwords-of-client', client),
        ]);
      }
      return verdict;
    };
    const until = performance.now() + PATIENCE_MS;
    return this.inTurn('wrong-passwords-for-account', account, until, () =>
      this.inTurn('wrong-passwords-of-client', client, until, compareAndCount),
    );
  }

  private async inTurn<T>(
    name: RateLimitName,
    key: string,
    until: number,
    work: () => Promise<T>,
  ): Promise<T> {
    const id = `${name} ${key}`;
    const turnstile = this.turnstiles.get(id) ?? new Turnstile();
    this.turnstiles.set(id, turnstile);
    try {
      return await turnstile.through(() => this.limiter.remaining(name, key), until, work);
    } finally {
      if (turnstile.isIdle && this.turnstiles.get(id) === turnstile) this.turnstiles.delete(id);
    }
  }
}

/** Redis holds nobody's address; an unknown one is counted like any other. */
function fingerprint(username: string): string {
  return createHash('sha256').update(username).digest('base64url').slice(0, 22);
}
