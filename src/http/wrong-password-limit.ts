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
   * Counted before the password is looked at, since of many sent at once each would find the limit not reached yet, and
   * given back unless the answer is 401. So a try that is refused counts nothing, and whoever has an old password in a
   * loop is let in again after the shortest window; nor does one whose client hung up: it learnt nothing, and while the
   * database is away there are many.
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
    if (response.destroyed) return;
    // Before they are counted, which takes Redis a moment: whoever hangs up meanwhile, or is refused, closes it, too.
    response.once('close', () => {
      if (response.statusCode === 401) return;
      void this.limiter.giveBack('wrong-passwords-for-account', account);
      void this.limiter.giveBack('wrong-passwords-of-client', client);
    });
    await Promise.all([
      this.limiter.consume('wrong-passwords-for-account', account),
      this.limiter.consume('wrong-passwords-of-client', client),
    ]);
  }
}

/** Redis holds nobody's address; an unknown one is counted like any other. */
function fingerprint(username: string): string {
  return createHash('sha256').update(username.trim().toLowerCase()).digest('base64url').slice(0, 22);
}
