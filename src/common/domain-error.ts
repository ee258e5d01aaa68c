import type { Problem } from './problem.response.js';
import type { ProblemSlug } from './problems.js';

/** `limit` events in `seconds`. */
export interface Quota {
  name: string;
  limit: number;
  seconds: number;
}

/** What an error carries beside its slug. */
export interface DomainErrorOptions {
  /** Seconds until the same request may succeed; becomes the `retry-after` header, rounded up, at least 1. */
  retryAfter?: number;
  /** The limit that was reached, for the RateLimit headers of a 429. */
  quota?: Quota;
  /** Extension members of the problem document (RFC 9457 section 3.2). */
  extensions?: Partial<Problem>;
  /** The internal cause: logged, never answered. */
  cause?: unknown;
}

/**
 * The one error class that services throw. `detail` is a sentence for the person and must not repeat input;
 * the problem filter turns the whole into an answer.
 */
export class DomainError extends Error {
  readonly retryAfter: number | undefined;
  readonly quota: Quota | undefined;
  readonly extensions: Partial<Problem>;

  constructor(
    readonly slug: ProblemSlug,
    readonly detail: string,
    options: DomainErrorOptions = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = new.target.name;
    this.retryAfter =
      options.retryAfter === undefined ? undefined : Math.max(1, Math.ceil(options.retryAfter));
    this.quota = options.quota;
    this.extensions = options.extensions ?? {};
  }
}

/** Something outside is away: answered 503, nothing is lost. */
export class TemporarilyUnavailable extends DomainError {
  constructor(cause: unknown) {
    super('temporarily-unavailable', 'The service cannot do this right now. Please try again shortly.', {
      retryAfter: 2,
      cause,
    });
  }
}

/** As many passwords wait to be compared or hashed as may; refused before any work is done. */
export class Overloaded extends DomainError {
  constructor() {
    super('overloaded', 'Too many requests are being handled right now. Please try again shortly.', {
      retryAfter: 5,
    });
  }
}
