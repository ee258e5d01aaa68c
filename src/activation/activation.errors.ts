import { DomainError } from '../common/domain-error.js';
import type { Blocked } from './limits.js';

/** Wrong, used or replaced. */
export class InvalidActivationCode extends DomainError {
  constructor(remainingAttempts: number) {
    super('invalid-activation-code', 'This is not the code of the newest mail.', {
      extensions: { remaining_attempts: remainingAttempts },
    });
  }
}

/** The newest code's life is over. */
export class ExpiredActivationCode extends DomainError {
  constructor() {
    super('expired-activation-code', 'The code has expired. Please ask for a new one.');
  }
}

/** Nothing is left to activate. */
export class AlreadyActive extends DomainError {
  constructor() {
    super('already-active', 'The account is active already.');
  }
}

/** The tries on a code, or those of the day, are used up. */
export class TooManyAttempts extends DomainError {
  constructor({ seconds, quota }: Blocked) {
    super('too-many-attempts', 'There were too many tries. Please ask for a new code later.', {
      retryAfter: seconds,
      quota,
    });
  }
}

/** Too many mails for one address. */
export class TooManyCodes extends DomainError {
  constructor({ seconds, quota }: Blocked) {
    super('too-many-requests', 'Too many codes were sent to this address. Please wait a moment.', {
      retryAfter: seconds,
      quota,
    });
  }
}
