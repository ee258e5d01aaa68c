import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { NotTheOperator, isOperator, operatorChallenge } from '../common/operator-credentials.js';
import { Config } from '../config/config.js';

/** Lets the operator in. The module it guards exists only where the settings name one. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<Request>().headers;
    if (isOperator(authorization, this.config.admin!)) return true;
    context.switchToHttp().getResponse<Response>().setHeader('www-authenticate', operatorChallenge);
    throw new NotTheOperator();
  }
}
