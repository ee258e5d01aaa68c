import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { NotTheOperator, isOperator } from '../common/operator-credentials.js';
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
  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (isCrossSite(request)) throw new CrossSite();
    if (isOperator(request.headers.authorization, this.config.admin!)) return true;
    throw new NotTheOperator();
  }
}
