import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type Fault, ValidationFailed } from '../common/validation-failed.js';

/** Stable codes for class-validator's constraints; the rest are about the format. */
const codeOf: Record<string, string> = {
  isInt: 'invalid_type',
  isString: 'invalid_type',
  min: 'too_small',
  max: 'too_large',
};

/** Checks what has a class with class-validator's decorators; drops unknown members and tells all faults. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    transform: true,
    forbidUnknownValues: true,
    validationError: { target: false },
    exceptionFactory: (errors) => new ValidationFailed(errors.flatMap(faultsOf)),
  });
}

function faultsOf({ property, value, constraints }: ValidationError): Fault[] {
  const pointer = `/${property}`;
  if (value === undefined) return [{ pointer, code: 'required', detail: 'This member is required.' }];
  const faults = Object.entries(constraints!).map(([name, detail]) => ({
    pointer,
    code: codeOf[name] ?? 'invalid_format',
    detail,
  }));
  // Of what has the wrong type everything else is wrong, too.
  const wrongType = faults.find(({ code }) => code === 'invalid_type');
  return wrongType === undefined ? faults : [wrongType];
}
