import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { waitAtMost } from '../common/in-time.js';
import { Config } from '../config/config.js';

/** What is left of the grace for closing queues and pools after the last answer, milliseconds; of a short one the half. */
const RESERVE_MS = 3_000;

const IDLE_CHECK_MS = 100;

/** The part of the grace in which an idle connection is left to whoever opened it. */
const LEAVE_SHARE = 1 / 4;

/** A turn of the event loop in which hardly anything happened, milliseconds. */
const SHORT_TURN_MS = 0.2;

/** How long is waited for one, milliseconds. */
const TURN_PATIENCE_MS = 1_000;

/**
 * Ends HTTP so that no client notices, and in time: Node's server.close() waits for ever for a client that keeps its
 * connection busy (nestjs/nest #7611), and cuts the idle ones, which a proxy may be about to use.
 */
@Injectable()
export class HttpDrain implements OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: Config,
  ) {}

  /** The first of Nest's hooks: the time runs from the signal. */
  onModuleDestroy(): void {
    const patience = this.graceMs - Math.min(RESERVE_MS, this.graceMs / 2);
    setTimeout(() => this.server.closeAllConnections(), patience).unref();
  }

  /**
   * After SIGTERM everything is served as before until load balancers have seen that the process is not ready; then
   * everybody is let go. SIGINT is a person at a terminal, who waits for nobody.
   */
  async beforeApplicationShutdown(signal?: string): Promise<void> {
    const { server } = this;
    const drainMs = this.config.shutdownDrainSeconds * 1_000;
    if (signal === 'SIGTERM' && drainMs > 0 && server.listening) {
      await delay(drainMs);
      await this.letGo(server);
    } else {
      giveLastAnswers(server);
    }
    // An answer that was under way before did not say so: its connection is closed when it is idle.
    const idle = setInterval(() => server.listening || server.closeIdleConnections(), IDLE_CHECK_MS).unref();
    server.once('close', () => clearInterval(idle));
  }

  /**
   * Lets nobody new in, and gives those who are in time to ask once more and be told that this was the last answer, or
   * to leave: a proxy that keeps idle connections for less never loses one that it is about to use.
   */
  private async letGo(server: Server): Promise<void> {
    const left = once(server, 'close');
    await shortTurn();
    // That of node:http would cut idle connections.
    NetServer.prototype.close.call(server);
    // Not sooner: whoever had to connect anew before the listener was gone might have come in its last moment.
    giveLastAnswers(server);
    await waitAtMost(this.graceMs * LEAVE_SHARE, left);
  }

  private get graceMs(): number {
    return this.config.shutdownGraceSeconds * 1_000;
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}

/** From here on each answer is the last one of its connection. */
function giveLastAnswers(server: Server): void {
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
}

/**
 * Returns right after a look at the listener, in a turn of the event loop that left no time for another connection:
 * those that the kernel has made and we have not taken are reset with the listener, and what was sent on them is lost.
 */
async function shortTurn(): Promise<void> {
  const deadline = performance.now() + TURN_PATIENCE_MS;
  let start: number;
  do {
    start = performance.now();
    await nextTurn();
  } while (performance.now() - start > SHORT_TURN_MS && start < deadline);
}
