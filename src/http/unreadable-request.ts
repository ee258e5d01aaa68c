import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { problemDocument } from '../common/problem-document.js';
import { type ProblemSlug, problems } from '../common/problems.js';

/** Why Node gives up on a connection; every other fault of the syntax is `bad-request`. */
const slugOfCode: Record<string, ProblemSlug> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'content-too-large',
};

const logger = new Logger('Http');

/**
 * Answers what Node refuses before there is a request, or in the middle of its body: a problem like every other error,
 * where Node's own answer has no body. The connection ends with it, because nobody knows where the next request begins.
 */
export function answerUnreadable(server: Server): void {
  const answering = new WeakMap<Socket, ServerResponse>();
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.set(socket, response);
    response.once('finish', () => {
      if (answering.get(socket) === response) answering.delete(socket);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const code = String(error.code);
    // Whatever is written while an answer is under way would become a part of it.
    if (answering.get(socket)?.headersSent === true) {
      socket.destroySoon();
      return;
    }
    if (!socket.writable || !(code.startsWith('HPE_') || code in slugOfCode)) {
      socket.destroy();
      return;
    }
    const slug = slugOfCode[code] ?? 'bad-request';
    const requestId = randomUUID();
    logger.log({ event: 'http.unreadable', fault: code, status: problems[slug].status, requestId });
    socket.end(answer(slug, requestId), () => socket.destroy());
  });
  // Node would answer 417 without a body; the header may be ignored instead (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  // Told by strictRequest, as a problem.
  Object.assign(server, { requireHostHeader: false });
}

function answer(slug: ProblemSlug, requestId: string): string {
  const { status, title } = problems[slug];
  const body = JSON.stringify(problemDocument(slug, 'The request could not be read.', requestId));
  return [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
