import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../common/domain-error.js';

/**
 * Refuses plain HTTP where credentials travel. Never redirects: the first request would have shown them
 * already, and the client would not notice (ASVS 5.0 4.1.2).
 */
export function httpsOnly(request: Request, _response: Response, next: NextFunction): void {
  if (request.secure) return next();
  throw new DomainError('https-required', 'Please use https: this request carries credentials.');
}
