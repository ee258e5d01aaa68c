import type { Request } from 'express';
import { type BasicCredentials, parseBasicCredentials } from './basic-credentials.js';
import { equalInConstantTime } from './equal-in-constant-time.js';
import type { PasswordGuesses } from './password-guesses.js';
import { Unauthorized } from './unauthorized.js';

/**
 * Compares name and password in constant time.
 *
 * @throws NotTheOperator, and what `PasswordGuesses.judge` throws
 */
export async function requireOperator(
  request: Request,
  operator: BasicCredentials,
  guesses: PasswordGuesses,
): Promise<void> {
  const given = parseBasicCredentials(request.headers.authorization);
  if (given === undefined) throw new NotTheOperator();
  const isThey = () => equalInConstantTime(oneText(given), oneText(operator));
  if (!(await guesses.judge(request, given.username, isThey))) throw new NotTheOperator();
}

const oneText = ({ username, password }: BasicCredentials) => JSON.stringify([username, password]);

/** The name or the password of the operator is wrong. */
export class NotTheOperator extends Unauthorized {
  readonly challenge = 'Basic realm="operator", charset="UTF-8"';

  constructor() {
    super("This needs the operator's name and password.");
  }
}
