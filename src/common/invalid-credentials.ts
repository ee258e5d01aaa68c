import { DomainError } from './domain-error.js';

/** One answer for every way in which credentials can be wrong. */
export class InvalidCredentials extends DomainError {
  constructor() {
    super('invalid-credentials', 'The name or the password is wrong.');
  }
}
