import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Listens for a moment and says on which port; undefined when that port cannot be had.
 * @param {number} port 0 for any
 * @returns {Promise<number | undefined>}
 */
async function claim(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? address?.port : undefined;
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>}
 */
function answers(port, host) {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 1_000 });
    const end = (/** @type {boolean} */ open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/**
 * A port of the loopback that nobody listens on at this moment.
 * @returns {Promise<number>}
 */
export async function freePort() {
  const port = await claim(0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
}

/**
 * Whether somebody has that port already. A server on ::1 alone counts: a browser sent to `localhost` tries it first.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function portTaken(port) {
  return (await claim(port)) === undefined || (await answers(port, '::1'));
}

/**
 * The preferred port while it is free, else any free one.
 * @param {number} preferred
 * @returns {Promise<number>}
 */
export async function portNear(preferred) {
  return (await portTaken(preferred)) ? freePort() : preferred;
}
