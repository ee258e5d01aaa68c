import type { IncomingMessage, Server } from 'node:http';

/**
 * Reads the target of each request before Express does. One that Express cannot parse, as `http://[` or `?`, never
 * reaches a middleware: Express answers it with a page that repeats it.
 */
export function readTargets(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    request.url = originForm(request.url!);
  });
}

/**
 * The path of an absolute form (RFC 9112 section 3.2.2), as it was written; whose host it names does not matter here.
 * Anything that is no target of ours becomes the root, where nothing is.
 */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const [, path = ''] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  return path.startsWith('/') ? path : '/';
}
