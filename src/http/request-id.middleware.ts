import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { requestContext } from '../common/request-context.js';

/** Short and harmless in a log line, a header and a URL. */
const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives the request an id, its own if that is acceptable, and every log line and error of it the same. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
  response.setHeader('x-request-id', id);
  requestContext.run({ requestId: id, isGone: () => response.destroyed }, next);
}
