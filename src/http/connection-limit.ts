import type { Server } from 'node:http';
import type { Metrics } from '../metrics/metrics.js';

/**
 * Each may hold 16 KiB of headers and as much of a body until its deadline, which takes 50 KiB, and with TLS 90. All of
 * them fit beside the rest into the 512 MiB of a pod (docs/decisions.md).
 */
const MAX_CONNECTIONS = 3_000;

/**
 * Bounds the memory that clients can take by connecting: whoever comes when there are too many is hung up on, is counted,
 * and those who are idle make room for the next one. Without it a few thousand requests that never end take the
 * process's memory before their deadline, and it dies with everybody's.
 */
export function limitConnections(server: Server, { connectionsDropped }: Metrics): void {
  server.maxConnections = MAX_CONNECTIONS;
  // Node remembers the address that is asked for once. Of a connection that its client resets it would say nothing, and
  // whoever guesses so would be counted as nobody.
  server.on('connection', ({ remoteAddress }) => remoteAddress);
  server.on('secureConnection', ({ remoteAddress }) => remoteAddress);
  server.on('drop', () => {
    connectionsDropped.inc();
    server.closeIdleConnections();
  });
}
