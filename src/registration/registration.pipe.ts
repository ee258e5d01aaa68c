import { Injectable, type PipeTransform } from '@nestjs/common';
import { type Fault, ValidationFailed } from '../common/validation-failed.js';
import { canonicalEmail } from '../users/email-address.js';
import { PasswordPolicy } from '../users/password-policy.js';

/** A registration that may be made: the address canonical, the password acceptable. */
export interface Registration {
  email: string;
  password: string;
}

/** What the client sent: an object with anything in it. */
type Body = Partial<Record<'email' | 'password', unknown>>;

/**
 * Checks and normalises a registration. A pipe of its own rather than decorators, because the rules for the
 * password depend on settings and on the address, and all faults are told at once.
 */
@Injectable()
export class RegistrationPipe implements PipeTransform<Body, Registration> {
  constructor(private readonly passwords: PasswordPolicy) {}

  /** @throws ValidationFailed */
  transform({ email, password }: Body): Registration {
    const canonical = typeof email === 'string' ? canonicalEmail(email) : undefined;
    const faults = [
      ...(canonical === undefined ? [textFault('/email', email) ?? invalidEmail] : []),
      ...(typeof password === 'string'
        ? this.passwords.faults(password, canonical)
        : [textFault('/password', password)!]),
    ];
    if (canonical === undefined || faults.length > 0) throw new ValidationFailed(faults);
    return { email: canonical, password: password as string };
  }
}

const invalidEmail: Fault = {
  pointer: '/email',
  code: 'invalid_email',
  detail: 'This is not an e-mail address that can be registered.',
};

/** @returns undefined for a string */
function textFault(pointer: string, value: unknown): Fault | undefined {
  if (typeof value === 'string') return undefined;
  return value === undefined
    ? { pointer, code: 'required', detail: 'This member is required.' }
    : { pointer, code: 'invalid_type', detail: 'This member is a string.' };
}
