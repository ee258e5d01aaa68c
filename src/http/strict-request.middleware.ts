import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../common/domain-error.js';

/** Headers that must not come twice: whoever is in front of us may have believed the other one. */
const once = ['host', 'authorization', 'content-type', 'content-length'];

/** Refuses what Node lets through although RFC 9112 section 3.2 does not, and ends the connection. */
export function strictRequest(request: Request, response: Response, next: NextFunction): void {
  const fault = faultOf(request);
  if (fault === undefined) return next();
  response.setHeader('connection', 'close');
  throw new DomainError('bad-request', fault);
}

function faultOf({ rawHeaders, httpVersion }: Request): string | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'The version of HTTP is neither 1.1 nor 1.0.';
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (once.some((name) => names.indexOf(name) !== names.lastIndexOf(name))) {
    return 'A header that may come once came twice.';
  }
  return httpVersion === '1.1' && !names.includes('host') ? 'The Host header is missing.' : undefined;
}
