import { createHash } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { parseBasicCredentials } from '../common/basic-credentials.js';
import { RATE_LIMITED_AS, type RateLimitedAs } from '../common/rate-limited.decorator.js';
import { Config } from '../config/config.js';
import { clientKey } from './client-key.js';
import { RateLimiter } from './rate-limiter.js';

/** The first guard of all: refuses before a password is hashed or a row is read. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    private readonly reflector: Reflector,
    private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const as = this.reflector.getAllAndOverride<RateLimitedAs | undefined>(RATE_LIMITED_AS, targets);
    if (as === undefined || !this.config.rateLimitEnabled) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const client = clientKey(request.ip);
    if (as === 'registration') {
      await this.limiter.consume('registrations-of-client', client);
      await this.limiter.consume('registrations-of-everyone', 'all');
    } else {
      if (as === 'sign-in') await this.limiter.consume('sign-ins-of-client', client);
      await this.limitWrongPasswords(request, context.switchToHttp().getResponse<Response>(), client);
    }
    return true;
  }

  /** Checked before, counted after: who knows the password is never slowed down by it. */
  private async limitWrongPasswords(request: Request, response: Response, client: string): Promise<void> {
    const credentials = parseBasicCredentials(request.headers.authorization);
    if (credentials === undefined) return;
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
