import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/**
 * A whole number that came as text, in decimal digits: JavaScript's own reading also takes `0x2` and `3e3` for one. Blanks
 * around it are borne, which files of settings leave.
 */
export function WholeNumber({ min, max }: { min: number; max: number }): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (isDecimal(value) ? Number(value) : value)),
    IsInt(),
    Min(min),
    Max(max),
  );
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'string' && /^\s*-?\d+\s*$/.test(value);
}
