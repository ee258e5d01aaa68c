import type { ServerResponse } from 'node:http';

/**
 * What a client was told; 499, nginx's number, when it hung up before, or when its request could not be read to its end
 * (`answerUnreadable`). Of a response that is closed, which pipelined ones behind another never are.
 */
export function toldStatus({ writableEnded, statusCode }: ServerResponse): number {
  return writableEnded ? statusCode : 499;
}
