import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError, TemporarilyUnavailable } from '../common/domain-error.js';
import { problemDocument } from '../common/problem-document.js';
import { type ProblemSlug, problems } from '../common/problems.js';
import { Unauthorized } from '../common/unauthorized.js';
import { allowedMethods } from './allowed-methods.js';
import { HeldAnswers } from './held-answers.js';

/** What Nest and Express throw by themselves, by status; anything else of theirs is `bad-request`. */
const slugOfStatus: Record<number, ProblemSlug> = {
  401: 'invalid-credentials',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'content-too-large',
  415: 'unsupported-media-type',
  422: 'validation-failed',
  429: 'too-many-requests',
};

/** The one place where an error becomes an answer (RFC 9457). What is not known is logged and answered 500. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');
  private readonly refusals = new HeldAnswers();

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent || response.destroyed) return;
    const problem = this.toDomainError(error, host.switchToHttp().getRequest<Request>(), response);
    const { status } = problems[problem.slug];
    setWaitHeaders(response, problem);
    // Here and not in the guard: a take-over may make credentials wrong after they were checked.
    if (problem instanceof Unauthorized) response.setHeader('www-authenticate', problem.challenge);
    // What was not read of a body that is too large is not worth reading.
    if (status === 413) response.setHeader('connection', 'close');
    const requestId = String(response.getHeader('x-request-id'));
    const body = JSON.stringify(problemDocument(problem.slug, problem.detail, requestId, problem.extensions));
    // Not send(): it would add a charset, which this media type does not have.
    response.status(status).setHeader('content-type', 'application/problem+json');
    if (problem.slug === 'overloaded') this.refusals.end(response, body);
    else response.end(body);
  }

  private toDomainError(error: unknown, request: Request, response: Response): DomainError {
    if (error instanceof DomainError) {
      if (problems[error.slug].status >= 500 && error.cause !== undefined) this.logger.warn(error.cause);
      return error;
    }
    const status = error instanceof HttpException ? error.getStatus() : undefined;
    if (status === 404) return notFound(request, response);
    // What terminus throws when a probe finds something away.
    if (status === 503) return new TemporarilyUnavailable(error);
    if (status !== undefined && status < 500) {
      const slug = slugOfStatus[status] ?? 'bad-request';
      return new DomainError(slug, `${problems[slug].title}.`);
    }
    this.logger.error(error);
    return new DomainError('internal-error', 'Something went wrong on our side. It is in our log.');
  }
}

/** RFC 9110 section 10.2.3, and draft-ietf-httpapi-ratelimit-headers-10. */
function setWaitHeaders(response: Response, { retryAfter, quota }: DomainError): void {
  if (retryAfter === undefined) return;
  response.setHeader('retry-after', retryAfter);
  if (quota === undefined) return;
  response.setHeader('ratelimit-policy', `"${quota.name}";q=${quota.limit};w=${quota.seconds}`);
  response.setHeader('ratelimit', `"${quota.name}";r=0;t=${retryAfter}`);
}

/** Nest's "no such route": a path that exists with another method is a 405 (RFC 9110 section 15.5.6). */
function notFound(request: Request, response: Response): DomainError {
  const methods = allowedMethods(request);
  // Swagger has a route that says so itself.
  if (methods.length === 0 || methods.includes(request.method))
    return new DomainError('not-found', 'There is nothing here.');
  response.setHeader('allow', methods.join(', '));
  return new DomainError('method-not-allowed', 'This path does not take that method.');
}
