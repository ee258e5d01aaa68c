import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { holdAgainstContract } from './contract.js';

/** An answer of the service, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; empty for none. */
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  body: Record<string, any>;
  /** Until it was read, milliseconds. */
  took: number;
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

/** What a request may carry beside its method and path. */
export interface RequestOptions {
  /** Sent as JSON, unless it is a string or bytes already. */
  body?: unknown;
  auth?: string;
  headers?: Record<string, string>;
  /** False for what is no operation of the API document: pages, unknown paths, wrong methods. */
  documented?: boolean;
}

/** One request; its answer is held against the service's own API document. */
export async function request(
  url: string,
  method: string,
  path: string,
  { body, auth, headers = {}, documented = true }: RequestOptions = {},
): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(auth === undefined ? {} : { authorization: auth }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: asSent(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  const took = performance.now() - start;
  const json = response.headers.get('content-type')?.includes('json') === true;
  const answer = {
    status: response.status,
    headers: response.headers,
    text,
    body: json && text !== '' ? JSON.parse(text) : {},
    took,
  };
  if (documented) await holdAgainstContract(url, method, path, answer);
  return answer;
}

function asSent(body: unknown): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array
    ? (body as string | Uint8Array<ArrayBuffer>)
    : JSON.stringify(body);
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

/** What readiness says of what a service can do without for a while: it stays ready. */
export async function statusOf(part: 'queue' | 'smtp', url: string): Promise<string> {
  const { status, body } = await request(url, 'GET', '/health/ready');
  expect(status).toBe(200);
  return body['details'][part].status;
}
