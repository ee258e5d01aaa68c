import type { NextFunction, Request, Response } from 'express';
import type { BasicCredentials } from '../common/basic-credentials.js';
import { NotTheOperator, isOperator, operatorChallenge } from '../common/operator-credentials.js';

/** For what is not Nest's: Swagger and the queue board. */
export function operatorOnly(operator: BasicCredentials) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isOperator(request.headers.authorization, operator)) return next();
    response.setHeader('www-authenticate', operatorChallenge);
    throw new NotTheOperator();
  };
}
