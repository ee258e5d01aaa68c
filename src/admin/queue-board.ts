import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Express, RequestHandler } from 'express';
import { DomainError, TemporarilyUnavailable } from '../common/domain-error.js';
import { inTime } from '../common/in-time.js';

/** How long the board waits for a queue, milliseconds. */
const PATIENCE_MS = 1_000;

/** Where the board is, behind the operator's credentials. */
export const QUEUE_BOARD_PATH = '/admin/queues';

/** A queue of BullMQ, and what an operator should know of it. */
export interface QueueOnBoard {
  queue: { waitUntilReady(): Promise<unknown> };
  description: string;
}

/**
 * The board of BullMQ's queues, to look at only: what an operator may do is in the API, and in its audit log.
 */
export function queueBoard(queues: QueueOnBoard[]): RequestHandler[] {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: queues.map(
      ({ queue, description }) => new BullMQAdapter(queue as never, { readOnlyMode: true, description }),
    ),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Mail queues', hideDocsLink: true } },
  });
  serverAdapter.setErrorHandler(toProblem);
  const board = serverAdapter.getRouter() as Express;
  askNobodyElse(board);
  // An application of its own does not inherit this.
  return [onceReady(queues), board.disable('x-powered-by')];
}

/** BullMQ waits for a backend that was never there as long as it takes; whoever looks at the board does not. */
function onceReady(queues: QueueOnBoard[]): RequestHandler {
  return async (_request, _response, next) => {
    const ready = Promise.all(queues.map(({ queue }) => queue.waitUntilReady()));
    await inTime(PATIENCE_MS, ready).catch(toProblem);
    next();
  };
}

/** In place of the board's own handler, which answers 500 and quotes the driver. What is thrown goes to the ProblemFilter. */
function toProblem(error: Error & { statusCode?: number }): never {
  const { statusCode = 500 } = error;
  if (statusCode >= 500) throw new TemporarilyUnavailable(error);
  throw new DomainError('bad-request', 'The board cannot read this request.');
}

/**
 * Takes Google's fonts off the page: whoever looks at the board tells nobody so, and it opens at once where there is
 * no way out.
 */
function askNobodyElse(board: Express): void {
  const render = board.render.bind(board);
  Object.assign(board, {
    render: (view: string, parameters: object, done: Rendered) =>
      render(view, parameters, (error: Error, page?: string) =>
        done(error, page?.replaceAll(OUTSIDE_LINK, '')),
      ),
  });
}

type Rendered = (error: Error, page?: string) => void;

const OUTSIDE_LINK = /<link\b[^>]*\bhref="https?:[^>]*>/g;
