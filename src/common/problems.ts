/**
 * Every problem that the service answers with: slug -> status, title and what a developer should know.
 * The slug is API (`type` is `/problems/<slug>`, RFC 9457 section 3.1.1): add here, never rename.
 */
export const problems = {
  'malformed-json': {
    status: 400,
    title: 'Malformed JSON',
    explanation: 'The body is not one JSON document in valid UTF-8, at most 8 levels deep.',
  },
  'bad-request': {
    status: 400,
    title: 'Bad request',
    explanation: 'The request could not be read. Check how it is built before sending it again.',
  },
  'invalid-activation-code': {
    status: 400,
    title: 'Invalid activation code',
    explanation:
      'The code is wrong, was used, or was replaced by a newer one. `remaining_attempts` says how many tries are left.',
  },
  'expired-activation-code': {
    status: 400,
    title: 'Expired activation code',
    explanation: 'The life of the newest code is over. Ask for a new one with POST /v1/activation/code.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'Invalid credentials',
    explanation:
      'HTTP Basic credentials (RFC 7617, UTF-8) are missing or wrong. An unknown address and a wrong password look the same.',
  },
  'https-required': {
    status: 403,
    title: 'HTTPS required',
    explanation:
      'Credentials travel in this request, so plain HTTP is refused and never redirected. Use https.',
  },
  'cross-site-request': {
    status: 403,
    title: 'Cross-site request',
    explanation:
      'A page of another site had the browser send this, and nothing was done. Use a page of this service, or no browser.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    explanation: 'There is nothing at this path.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    explanation: 'The path exists, the method does not. The `allow` header lists those that do.',
  },
  'request-timeout': {
    status: 408,
    title: 'Request timeout',
    explanation: 'The request came too slowly. Its headers may take 10 seconds, the whole of it 15.',
  },
  'email-already-registered': {
    status: 409,
    title: 'E-mail already registered',
    explanation:
      'The address is active, or its registration waits for a live code; then `retry-after` says when it is free again.',
  },
  'already-active': {
    status: 409,
    title: 'Already active',
    explanation: 'The account is active; there is nothing left to activate.',
  },
  'mail-not-dead': {
    status: 409,
    title: 'Mail not dead',
    explanation: 'Only a dead letter can be sent again; this mail was sent, or is still being tried.',
  },
  'content-too-large': {
    status: 413,
    title: 'Content too large',
    explanation: 'The body may have at most 16 KiB.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    explanation: 'Bodies are application/json, in UTF-8 and not compressed.',
  },
  'validation-failed': {
    status: 422,
    title: 'Validation failed',
    explanation:
      '`errors` has one row a fault: a JSON pointer (RFC 6901) to the member, a stable code, and a sentence.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    explanation: 'This client, or this address, has asked too often. Wait for `retry-after` seconds.',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many attempts',
    explanation:
      'The tries on this code, or those of the account for a day, are used up. Wait for `retry-after` seconds.',
  },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    explanation: 'The headers may have at most 16 KiB altogether.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    explanation: 'A fault of the service. Report the `instance` of the answer: it is in the log.',
  },
  overloaded: {
    status: 503,
    title: 'Overloaded',
    explanation: 'Too many passwords wait to be hashed. Nothing was stored; try again after `retry-after`.',
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'Temporarily unavailable',
    explanation:
      'Something that the service needs is away. Nothing is lost; try again after `retry-after` seconds.',
  },
} as const satisfies Record<string, { status: number; title: string; explanation: string }>;

/** The stable name of a problem. */
export type ProblemSlug = keyof typeof problems;
