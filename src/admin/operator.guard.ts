import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { PasswordGuesses } from '../common/password-guesses.js';
import { requireOperator } from '../common/operator-credentials.js';
import { DomainError } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import { isCrossSite } from './cross-site.js';

class CrossSite extends DomainError {
  constructor() {
    super('cross-site-request', 'A page of another site sent this; nothing was done.');
  }
}

/** Lets the operator in. The module it guards exists only where the settings name one. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    private readonly guesses: PasswordGuesses,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    if (isCrossSite(request)) throw new CrossSite();
    await requireOperator(request, this.config.admin!, this.guesses);
    return true;
  }
}
