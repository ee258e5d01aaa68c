import { UseGuards, applyDecorators } from '@nestjs/common';
import { ApiBasicAuth } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems.decorator.js';
import type { ProblemSlug } from '../common/problems.js';
import { OperatorGuard } from './operator.guard.js';

/** An operation for the operator only, and the problems that it may answer with besides those of all such. */
export function OperatorOnly(...slugs: ProblemSlug[]): MethodDecorator {
  return applyDecorators(
    UseGuards(OperatorGuard),
    ApiBasicAuth('operator'),
    ApiProblems(
      'https-required',
      'invalid-credentials',
      'too-many-requests',
      'overloaded',
      'temporarily-unavailable',
      ...slugs,
    ),
  );
}
