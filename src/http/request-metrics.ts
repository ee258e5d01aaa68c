import type { NextFunction, Request, Response } from 'express';
import type { Metrics } from '../metrics/metrics.js';
import { toldStatus } from './told-status.js';

/** Times every request under the template of its route; paths that are no route share one label. */
export function requestMetrics({ requestSeconds }: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const stop = requestSeconds.startTimer({ method: methodOf(request) });
    // Not when it is finished: those who waited too long and hung up are what the times are for.
    response.once('close', () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
      stop({ route, status: toldStatus(response) });
    });
    next();
  };
}

/** Node takes some thirty methods; most of them nobody has a route for. */
function methodOf({ method }: Request): string {
  return ['GET', 'HEAD', 'POST', 'DELETE'].includes(method) ? method : 'other';
}
