import { randomInt } from 'node:crypto';
import { type Answer, type RequestOptions, request } from './client.js';

/** Somebody with an address of their own, as a trusted proxy reports it (TRUST_PROXY=1). */
export interface Visitor {
  address: string;
  ask(method: string, path: string, options?: RequestOptions): Promise<Answer>;
}

/** An address that no other test has. */
export function newAddress(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** @param forwarded the whole X-Forwarded-For, when it should be more than the visitor's address */
export function visitor(url: string, address = newAddress(), forwarded = address): Visitor {
  return {
    address,
    ask: (method, path, options = {}) =>
      request(url, method, path, {
        ...options,
        headers: { 'x-forwarded-for': forwarded, ...options.headers },
      }),
  };
}

/** Asks so many times, one after the other. @returns the statuses */
export async function repeatedly(times: number, ask: () => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await ask()).status);
  return statuses;
}

/** So many of one status. */
export const all = (times: number, status: number): number[] => Array<number>(times).fill(status);
