import type { Problem } from './problem.response.js';
import { type ProblemSlug, problems } from './problems.js';

/**
 * The body of every error (RFC 9457).
 *
 * @param instance the id of the request
 * @param extensions members that only some problems have (section 3.2)
 */
export function problemDocument(
  slug: ProblemSlug,
  detail: string,
  instance: string,
  extensions: Partial<Problem> = {},
): Problem {
  const { status, title } = problems[slug];
  return { type: `/problems/${slug}`, title, status, detail, instance, ...extensions };
}
