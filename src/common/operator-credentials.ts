import { type BasicCredentials, parseBasicCredentials } from './basic-credentials.js';
import { equalInConstantTime } from './equal-in-constant-time.js';
import { Unauthorized } from './unauthorized.js';

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
export class NotTheOperator extends Unauthorized {
  readonly challenge = 'Basic realm="operator", charset="UTF-8"';

  constructor() {
    super("This needs the operator's name and password.");
  }
}
