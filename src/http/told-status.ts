import type { ServerResponse } from 'node:http';

/** What a client was told; 499, nginx's number, when it hung up before. Of a response that is closed. */
export function toldStatus({ writableEnded, statusCode }: ServerResponse): number {
  return writableEnded ? statusCode : 499;
}
