import { randomBytes } from 'node:crypto';

/** An answer of the service, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; empty for none. */
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  body: Record<string, any>;
}

export const PASSWORD = 'correct horse battery';

/** An address that no other test has. */
export function newEmail(): string {
  return `${randomBytes(6).toString('hex')}@example.com`;
}

/** `Authorization` for HTTP Basic. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** One request. A body that is no string is sent as JSON. */
export async function request(
  url: string,
  method: string,
  path: string,
  { body, auth, headers = {} }: { body?: unknown; auth?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(auth === undefined ? {} : { authorization: auth }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} };
}

export function register(url: string, email: string, password = PASSWORD): Promise<Answer> {
  return request(url, 'POST', '/v1/registration', { body: { email, password } });
}

export function activate(url: string, email: string, code: unknown, password = PASSWORD): Promise<Answer> {
  return request(url, 'POST', '/v1/activation', { body: { code }, auth: basic(email, password) });
}

export function resend(url: string, email: string, password = PASSWORD): Promise<Answer> {
  return request(url, 'POST', '/v1/activation/code', { auth: basic(email, password) });
}

export function whoAmI(url: string, email: string, password = PASSWORD): Promise<Answer> {
  return request(url, 'GET', '/v1/users/me', { auth: basic(email, password) });
}
