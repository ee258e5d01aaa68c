import type { Server } from 'node:http';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Config } from '../config/config.js';

/** What is left of the grace for closing queues and pools after the last answer, milliseconds. */
const RESERVE_MS = 3_000;

const IDLE_CHECK_MS = 100;

/**
 * Ends HTTP in time: Node's server.close() waits for ever for a client that keeps its connection busy
 * (nestjs/nest #7611).
 */
@Injectable()
export class HttpDrain implements OnModuleDestroy {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: Config,
  ) {}

  /** The first of Nest's hooks: the others may wait for mails at hand before the server is closed. */
  onModuleDestroy(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    // From here on each answer is the last one of its connection.
    server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
    // An answer that was under way before did not say so: its connection is closed when it is idle.
    const idle = setInterval(() => server.listening || server.closeIdleConnections(), IDLE_CHECK_MS).unref();
    server.once('close', () => clearInterval(idle));
    const patience = Math.max(0, this.config.shutdownGraceSeconds * 1_000 - RESERVE_MS);
    setTimeout(() => server.closeAllConnections(), patience).unref();
  }
}
