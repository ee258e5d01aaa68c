import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HeldAnswers } from '../../src/http/held-answers.js';
import { eventually } from '../support/eventually.js';
import { closeOf, connectTo } from '../support/raw-http.js';

/** One octet that no header has: it comes in one piece. */
const ANSWER = '!';
const QUESTION = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';

let server: Server;
let asked: number;

beforeEach(async () => {
  const answers = new HeldAnswers();
  asked = 0;
  server = createServer((_, response) => {
    asked++;
    answers.end(response, ANSWER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

/** Asks so often at once, on one connection. */
async function ask(count: number): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const socket = await connectTo(`http://127.0.0.1:${port}`);
  socket.write(QUESTION.repeat(count));
  return socket;
}

/** @returns after how many milliseconds the last of so many is answered */
async function lastOf(count: number): Promise<number> {
  const start = performance.now();
  const socket = await ask(count);
  let answered = 0;
  for await (const chunk of socket) {
    answered += String(chunk).split(ANSWER).length - 1;
    if (answered === count) break;
  }
  return performance.now() - start;
}

it('one answer is held for half a second', async () => {
  const last = await lastOf(1);
  expect(last).toBeGreaterThan(490);
  expect(last).toBeLessThan(1_100);
});

it('the more there are the longer, but not for ever, and afterwards one is held no longer than before', async () => {
  const last = await lastOf(2_000);
  expect(last).toBeGreaterThan(1_150);
  expect(last).toBeLessThan(3_000);
  expect(await lastOf(1)).toBeLessThan(1_100);
});

it('who hangs up is forgotten', async () => {
  const sockets = await Promise.all(Array.from({ length: 500 }, () => ask(1)));
  await eventually(() => asked === sockets.length);
  const closed = Promise.all(sockets.map(closeOf));
  for (const socket of sockets) socket.destroy();
  await closed;
  expect(await lastOf(1)).toBeLessThan(1_100);
});
