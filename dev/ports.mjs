import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Whether that port can be had: listens on it for a moment.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
async function isFree(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
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

/** Below those that Linux, macOS and Windows give to whoever connects. */
const [LEAST, MOST] = [10_000, 32_000];

/**
 * A port of the loopback that nobody listens on at this moment. Not one of the system's choice: that it would soon give to
 * somebody else, before whoever asked here listens.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(LEAST, MOST);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port on 127.0.0.1');
}

/**
 * Whether somebody has that port already. A server on ::1 alone counts: a browser sent to `localhost` tries it first.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function portTaken(port) {
  return !(await isFree(port)) || (await answers(port, '::1'));
}

/**
 * The preferred port while it is free, else any free one.
 * @param {number} preferred
 * @returns {Promise<number>}
 */
export async function portNear(preferred) {
  return (await portTaken(preferred)) ? freePort() : preferred;
}
