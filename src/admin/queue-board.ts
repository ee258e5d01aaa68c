import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Express, RequestHandler } from 'express';

/** Where the board is, behind the operator's credentials. */
export const QUEUE_BOARD_PATH = '/admin/queues';

/**
 * The board of BullMQ's queues, to look at only: what an operator may do is in the API, and in its audit log.
 *
 * @param queues of BullMQ
 */
export function queueBoard(queues: object[]): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUE_BOARD_PATH);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue as never, { readOnlyMode: true })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Mail queues' } },
  });
  const board = serverAdapter.getRouter() as Express;
  // An application of its own does not inherit this.
  return board.disable('x-powered-by');
}
