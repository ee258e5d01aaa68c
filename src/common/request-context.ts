import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known everywhere of the request, or of the mail job, that is being worked on. */
export interface RequestContext {
  requestId: string;
  /** Whether its client has hung up; absent where there is none. */
  isGone?: () => boolean;
}

/** Carries the correlation id through awaits, so that no function needs it as an argument. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
