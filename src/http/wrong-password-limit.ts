import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseBasicCredentials } from '../common/basic-credentials.js';
import { Config } from '../config/config.js';
import { clientKey } from './client-key.js';
import { RateLimiter } from './rate-limiter.js';

/** Slows down whoever guesses passwords. For every place that takes HTTP Basic, before a password is compared. */
@Injectable()
export class WrongPasswordLimit {
  constructor(
    private readonly config: Config,
    private readonly limiter: RateLimiter,
  ) {}

  /**
   * Checked before, counted after: who knows the password is never slowed down by it.
   *
   * @throws TooManyRequests
   */
  async guard(request: Request, response: Response): Promise<void> {
    const credentials = parseBasicCredentials(request.headers.authorization);
    if (credentials === undefined || !this.config.rateLimitEnabled) return;
    const client = clientKey(request.ip);
    const account = `${client} ${fingerprint(credentials.username)}`;
    await this.limiter.check('wrong-passwords-of-client', client);
    await this.limiter.check('wrong-passwords-for-account', account);
    response.once('finish', () => {
      if (response.statusCode !== 401) return;
      void this.limiter.record('wrong-passwords-of-client', client);
      void this.limiter.record('wrong-passwords-for-account', account);
    });
  }
}

/** Redis holds nobody's address; an unknown one is counted like any other. */
function fingerprint(username: string): string {
  return createHash('sha256').update(username.trim().toLowerCase()).digest('base64url').slice(0, 22);
}
