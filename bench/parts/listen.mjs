// Ports, for the servers of the benchmark.
import { once } from 'node:events';

/**
 * Listens on the loopback.
 * @param {import('node:net').Server} server
 * @param {number} [port] any free one unless given
 * @returns {Promise<number>} the port
 */
export async function listen(server, port = 0) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}
