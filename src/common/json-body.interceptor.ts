import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { parse as parseContentType } from 'content-type';
import type { Request } from 'express';
import getRawBody from 'raw-body';
import type { Observable } from 'rxjs';
import { DomainError } from './domain-error.js';
import { ValidationFailed } from './validation-failed.js';

const MAX_OCTETS = 16 * 1024;
const MAX_DEPTH = 8;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads and parses the body of the operations that take one. An interceptor, because guards come before it:
 * credentials are checked before a byte of the body is looked at.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    request.body = requireObject(await readJson(request));
    return next.handle();
  }
}

/** Marks an operation that takes a JSON body. */
export const JsonBody = () => UseInterceptors(JsonBodyInterceptor);

/** @throws DomainError unsupported-media-type, content-too-large, malformed-json */
async function readJson(request: Request): Promise<unknown> {
  requireJson(request);
  const octets = await getRawBody(request, {
    length: request.headers['content-length'],
    limit: MAX_OCTETS,
  }).catch((error: { type?: string }) => {
    throw error.type === 'entity.too.large' ? new ContentTooLarge(error) : new MalformedJson(error);
  });
  const text = orMalformed(() => utf8.decode(octets));
  if (depthOf(text) > MAX_DEPTH) {
    throw new DomainError('malformed-json', `The body may be nested ${MAX_DEPTH} levels deep at most.`);
  }
  return orMalformed(() => JSON.parse(text) as unknown);
}

/** V8's message quotes the text, and with it a password: it goes nowhere. */
function orMalformed<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new MalformedJson();
  }
}

/** @throws ValidationFailed: every operation takes an object */
function requireObject(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new ValidationFailed([{ pointer: '', code: 'invalid_type', detail: 'The body is a JSON object.' }]);
}

/** application/json, in UTF-8, as it is: a compressed body could be a thousand times larger than it looks. */
function requireJson({ headers }: Request): void {
  const { type, parameters } = parseContentType(headers['content-type'] ?? '');
  const charset = parameters['charset']?.toLowerCase() ?? 'utf-8';
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (type === 'application/json' && charset === 'utf-8' && encoding === 'identity') return;
  throw new DomainError('unsupported-media-type', 'Please send application/json in UTF-8, not compressed.');
}

/**
 * How deep arrays and objects are nested, found without building them: a few kilobytes of `[` are enough to
 * exhaust the stack of whatever walks the result (nestjs/nest #17800).
 */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  // Strings are skipped as a whole, so that brackets in them do not count. One without an end counts too: looking
  // for its end from every quote in it would take time by the square of its length.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
}

class MalformedJson extends DomainError {
  constructor(cause?: unknown) {
    super('malformed-json', 'The body is not valid JSON.', { cause });
  }
}

class ContentTooLarge extends DomainError {
  constructor(cause: unknown) {
    super('content-too-large', 'The body may have at most 16 KiB.', { cause });
  }
}
