import { DomainError } from './domain-error.js';

/** What an answer about wrong credentials asks for (RFC 7617). */
export const accountChallenge = 'Basic realm="registration", charset="UTF-8"';

/** One answer for every way in which credentials can be wrong. */
export class InvalidCredentials extends DomainError {
  constructor() {
    super('invalid-credentials', 'The name or the password is wrong.');
  }
}
