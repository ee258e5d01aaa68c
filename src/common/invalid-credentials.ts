import { Unauthorized } from './unauthorized.js';

/** One answer for every way in which credentials can be wrong. */
export class InvalidCredentials extends Unauthorized {
  readonly challenge = 'Basic realm="registration", charset="UTF-8"';

  constructor() {
    super('The name or the password is wrong.');
  }
}
