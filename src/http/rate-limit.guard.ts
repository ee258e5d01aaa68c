import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
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
    if (as === 'sign-in') {
      await this.limiter.consume('sign-ins-of-client', client);
      return true;
    }
    // First looked at: whoever is refused because of everybody leaves nothing behind, however many addresses they have.
    await this.limiter.remaining('registrations-of-everyone', 'all');
    await this.limiter.consume('registrations-of-client', client);
    await this.limiter.consume('registrations-of-everyone', 'all');
    return true;
  }
}
