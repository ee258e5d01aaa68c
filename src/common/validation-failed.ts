import { DomainError } from './domain-error.js';

/** One thing wrong with one member of a request. */
export interface Fault {
  /** JSON pointer (RFC 6901) to the member, the empty string for the whole body. */
  pointer: string;
  /** Stable, machine readable: `too_short`, `required`, ... */
  code: string;
  /** A sentence for the person; never repeats the input. */
  detail: string;
}

/** The request was understood and is wrong; nothing was stored. */
export class ValidationFailed extends DomainError {
  constructor(errors: Fault[]) {
    super('validation-failed', 'Some members of the request are not acceptable.', { extensions: { errors } });
  }
}
