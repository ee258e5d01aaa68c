import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { problemDocument } from './problem-document.js';
import type { Problem } from './problem.response.js';
import { type ProblemSlug, problems } from './problems.js';

/**
 * Documents the problems of an operation, and the two that any may answer with: one response a status, one example a
 * problem. The tests hold every answer against the document, so an operation that forgets one here fails.
 */
export function ApiProblems(...slugs: ProblemSlug[]): MethodDecorator {
  const all = [...slugs, 'bad-request' as const, 'internal-error' as const];
  const statuses = [...new Set(all.map((slug) => problems[slug].status))];
  const withStatus = (status: number) => all.filter((slug) => problems[slug].status === status);
  return applyDecorators(...statuses.map((status) => problemResponse(status, withStatus(status))));
}

function problemResponse(status: number, slugs: ProblemSlug[]): MethodDecorator {
  const examples = Object.fromEntries(
    slugs.map((slug) => [slug, { summary: problems[slug].title, value: example(slug) }]),
  );
  return ApiResponse({
    status,
    description: slugs.map((slug) => `\`${slug}\`: ${problems[slug].explanation}`).join('\n\n'),
    headers: headersOf(status, slugs),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples } },
  });
}

const text = { required: true, schema: { type: 'string' as const } };
const seconds = { schema: { type: 'integer' as const, minimum: 1 } };
const wait = { ...seconds, required: true, description: 'Whole seconds to wait' };
const free = {
  ...seconds,
  description: 'Whole seconds until a registration that waits gives the address back',
};

function headersOf(status: number, slugs: ProblemSlug[]) {
  return {
    ...(status === 401 ? { 'www-authenticate': text } : {}),
    ...(status === 429 ? { ratelimit: text, 'ratelimit-policy': text } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': wait } : {}),
    ...(slugs.includes('email-already-registered') ? { 'retry-after': free } : {}),
  };
}

/** What only these problems have. */
const extensions: Partial<Record<ProblemSlug, Partial<Problem>>> = {
  'validation-failed': {
    errors: [
      {
        pointer: '/password',
        code: 'too_short',
        detail: 'The password needs at least 8 characters.',
      },
    ],
  },
  'invalid-activation-code': { remaining_attempts: 4 },
};

function example(slug: ProblemSlug): Problem {
  return problemDocument(slug, `${problems[slug].title}.`, '5f0c2b8e9a1d4c7b', extensions[slug]);
}
