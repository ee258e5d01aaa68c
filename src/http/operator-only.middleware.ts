import type { NextFunction, Request, Response } from 'express';
import type { BasicCredentials } from '../common/basic-credentials.js';
import { NotTheOperator, isOperator } from '../common/operator-credentials.js';
import type { WrongPasswordLimit } from './wrong-password-limit.js';

/** For what is not Nest's, and so not behind its guards: Swagger and the queue board. */
export function operatorOnly(operator: BasicCredentials, wrongPasswords: WrongPasswordLimit) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    await wrongPasswords.guard(request, response);
    if (isOperator(request.headers.authorization, operator)) return next();
    throw new NotTheOperator();
  };
}
