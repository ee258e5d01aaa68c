import { DomainError } from '../common/domain-error.js';

/** Somebody holds the address: an active account, or a registration whose code is alive. */
export class EmailAlreadyRegistered extends DomainError {
  /** @param secondsHeld until a pending registration gives it back; null for an active account */
  constructor(secondsHeld: number | null) {
    super(
      'email-already-registered',
      'This e-mail address is registered already.',
      secondsHeld === null ? {} : { retryAfter: secondsHeld },
    );
  }
}
