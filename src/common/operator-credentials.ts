import { type BasicCredentials, equalInConstantTime, parseBasicCredentials } from './basic-credentials.js';
import { DomainError } from './domain-error.js';

/** What a browser is told, so that it asks for the operator's name and password. */
export const operatorChallenge = 'Basic realm="operator", charset="UTF-8"';

/** Whether an `Authorization` header has the operator's name and password; in constant time. */
export function isOperator(header: string | undefined, { username, password }: BasicCredentials): boolean {
  const given = parseBasicCredentials(header);
  return (
    given !== undefined &&
    equalInConstantTime(
      JSON.stringify([given.username, given.password]),
      JSON.stringify([username, password]),
    )
  );
}

/** The name or the password of the operator is wrong. */
export class NotTheOperator extends DomainError {
  constructor() {
    super('invalid-credentials', "This needs the operator's name and password.");
  }
}
