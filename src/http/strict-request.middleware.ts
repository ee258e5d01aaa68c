import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../common/domain-error.js';

/** Headers that must not come twice: whoever is in front of us may have believed the other one. */
const once = ['host', 'authorization', 'content-type', 'content-length'];

/** Refuses what Node lets through although RFC 9112 section 3.2 does not. */
export function strictRequest(request: Request, _response: Response, next: NextFunction): void {
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (once.some((name) => names.indexOf(name) !== names.lastIndexOf(name))) {
    throw new DomainError('bad-request', 'A header that may come once came twice.');
  }
  next();
}
