import { DomainError } from './domain-error.js';

/** Wrong credentials, and what the answer asks for instead: `www-authenticate` (RFC 7617). */
export abstract class Unauthorized extends DomainError {
  abstract readonly challenge: string;

  constructor(detail: string) {
    super('invalid-credentials', detail);
  }
}
