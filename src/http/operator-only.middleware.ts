import type { NextFunction, Request, Response } from 'express';
import type { BasicCredentials } from '../common/basic-credentials.js';
import type { PasswordGuesses } from '../common/password-guesses.js';
import { requireOperator } from '../common/operator-credentials.js';

/** For what is not Nest's, and so not behind its guards: Swagger and the queue board. */
export function operatorOnly(operator: BasicCredentials, guesses: PasswordGuesses) {
  return async (request: Request, _response: Response, next: NextFunction): Promise<void> => {
    await requireOperator(request, operator, guesses);
    next();
  };
}
