import { SetMetadata } from '@nestjs/common';

/** What an operation is limited as: see http/rate-limits.ts for how much that is. */
export type RateLimitedAs = 'registration' | 'sign-in';

export const RATE_LIMITED_AS = Symbol('rate limited as');

/** Limits an operation for each client, whatever way its path was written. */
export const RateLimited = (as: RateLimitedAs): MethodDecorator & ClassDecorator =>
  SetMetadata(RATE_LIMITED_AS, as);
