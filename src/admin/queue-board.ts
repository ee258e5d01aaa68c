import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Express, RequestHandler } from 'express';

/** Where the board is, behind the operator's credentials. */
export const QUEUE_BOARD_PATH = '/admin/queues';

/** A queue of BullMQ, and what an operator should know of it. */
export interface QueueOnBoard {
  queue: object;
  description: string;
}

/**
 * The board of BullMQ's queues, to look at only: what an operator may do is in the API, and in its audit log.
 */
export function queueBoard(queues: QueueOnBoard[]): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: queues.map(
      ({ queue, description }) => new BullMQAdapter(queue as never, { readOnlyMode: true, description }),
    ),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Mail queues', hideDocsLink: true } },
  });
  const board = serverAdapter.getRouter() as Express;
  askNobodyElse(board);
  // An application of its own does not inherit this.
  return board.disable('x-powered-by');
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
