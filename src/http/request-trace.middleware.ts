import { SpanKind } from '@opentelemetry/api';
import type { NextFunction, Request, Response } from 'express';
import { requestContext } from '../common/request-context.js';
import { continueTrace, describeSpan, failSpan } from '../common/tracing.js';
import { toldStatus } from './told-status.js';

/**
 * Makes a request a span, in the trace of its caller if there is one. It tells the method, the template of the route,
 * the status and the id that the log has: no path, no query, no header, no client.
 */
export function requestTrace(request: Request, response: Response, next: NextFunction): void {
  const attributes = {
    'http.request.method': request.method,
    'url.scheme': request.protocol,
    'request.id': requestContext.getStore()?.requestId,
  };
  void continueTrace(
    request.get('traceparent'),
    request.method,
    { kind: SpanKind.SERVER, attributes },
    async (span) => {
      const closed = new Promise((resolve) => response.once('close', resolve));
      next();
      await closed;
      const route = (request.route as { path?: string } | undefined)?.path;
      if (route !== undefined) span.updateName(`${request.method} ${route}`);
      const status = toldStatus(response);
      describeSpan({ 'http.route': route, 'http.response.status_code': status });
      if (status >= 500) failSpan(String(status));
    },
  );
}
