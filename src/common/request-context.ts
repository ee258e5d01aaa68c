import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one request or one mail job shares. */
export interface RequestContext {
  requestId: string;
}

/** Carries the correlation id through awaits, so that no function needs it as an argument. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
