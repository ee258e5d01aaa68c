import type { Request } from 'express';

const harmless = ['GET', 'HEAD'];

/**
 * Whether a page of somebody else had the browser send this, and it would change something. A browser adds the
 * operator's password, once it knows it, to whatever any page posts; such a request carries no mark of its own.
 */
export function isCrossSite({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean {
  if (harmless.includes(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Browsers leave that out over plain HTTP, but never the origin; whoever sends neither is no browser.
  const { origin, host } = headers;
  return origin !== undefined && origin.split('://')[1] !== host;
}
