import type { ServerResponse } from 'node:http';

/**
 * How long an answer is held, how much longer for each that is held already, and the longest, milliseconds. Of some
 * 2,000 a second, which one process can answer when each comes on a connection of its own, 1.2 s hold 2,400: fewer than
 * there may be connections (`connection-limit`).
 */
const HOLD_MS = { least: 500, perHeld: 2, most: 1_200 };

/**
 * Answers that are sent later. Clients that do not wait as they are told but ask again at once would else take the event loop
 * from those who are served, and from the probes; the more of them there are, the less often each is answered
 * (docs/decisions.md). Who hangs up is forgotten; of pipelined requests, when their time is over.
 */
export class HeldAnswers {
  private held = 0;

  /** Ends the answer when its time has come, if its client is still there. */
  end(response: ServerResponse, body: string): void {
    const holdMs = Math.min(HOLD_MS.least + HOLD_MS.perHeld * this.held, HOLD_MS.most);
    this.held++;
    const forget = () => {
      clearTimeout(timer);
      response.off('close', forget);
      this.held--;
    };
    const timer = setTimeout(() => {
      forget();
      response.end(body);
    }, holdMs);
    response.once('close', forget);
  }
}
