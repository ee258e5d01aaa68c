import type { Server } from 'node:http';

/**
 * How long a client may take. Node's own figures (60 s, 300 s, looked at every 30 s) let a few slow clients
 * hold every connection.
 *
 * @param server before it listens: the interval is read once
 */
export function limitServer(server: Server): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  // Longer than the 60 s of nginx and of most load balancers, so that theirs ends first and none is cut mid-way.
  server.keepAliveTimeout = 65_000;
  // An option of createServer, which Nest calls; with the default a cut connection would live for 30 s more.
  Object.assign(server, { connectionsCheckingInterval: 1_000 });
}
