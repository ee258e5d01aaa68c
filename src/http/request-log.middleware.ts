import { AsyncResource } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { toldStatus } from './told-status.js';

/** Asked every few seconds by machines; of interest only when they fail. */
const quiet = /^\/(health|metrics)(\/|$)/;

const logger = new Logger('Http');

/** One line a request: method, path without its query, status, time, client. Never a header, never a body. */
export function requestLog(request: Request, response: Response, next: NextFunction): void {
  const start = performance.now();
  const { method, ip: client } = request;
  const path = request.path.slice(0, 200);
  const write = () => {
    const status = toldStatus(response);
    const line = { event: 'http.request', method, path, status, client, ms: elapsed(start) };
    if (status >= 500) logger.error(line);
    else if (quiet.test(path)) logger.debug(line);
    else logger.log(line);
  };
  // A client that goes away closes the response outside of the request's context. Not `AsyncResource.bind`: it defines
  // properties on the function, whose shape then is of the old generation and keeps function and request until that is
  // collected.
  const scope = new AsyncResource('http.request');
  response.once('close', () => scope.runInAsyncScope(write));
  next();
}

/** Milliseconds, to a tenth. */
function elapsed(start: number): number {
  return Math.round((performance.now() - start) * 10) / 10;
}
