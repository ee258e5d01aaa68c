import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { basic, request, whoAmI } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { metric } from '../support/metrics.js';
import { connectTo } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

/** Of nobody, so that no database is asked before the password's turn comes. As many tries as an account may have wrong. */
const LOOKED_AT = Array<string>(10).fill('nobody');
const REFUSED = Array<string>(10).fill('nobody else');

let service: Service;

beforeAll(async () => {
  service = await startService({
    HASH_THREADS: '1',
    HASH_QUEUE_MAX: '9',
    BCRYPT_COST: '12',
    RATE_LIMIT_ENABLED: 'true',
  });
});

afterAll(() => service.stop());

const get = (path: string, name: string) =>
  `GET ${path} HTTP/1.1\r\nhost: here\r\nauthorization: ${basic(name, 'a password')}\r\n\r\n`;

/** A connection that the service has taken. */
async function connection(): Promise<Socket> {
  const socket = await connectTo(service.url);
  socket.write(get('/health/live', ''));
  await once(socket, 'data');
  return socket;
}

it('is told in metrics as 499; a wrong password counts when it was looked at, and not when it was refused', async () => {
  const names = [...LOOKED_AT, ...REFUSED];
  const sockets = await Promise.all(names.map(connection));
  for (const [index, name] of names.entries()) sockets[index]!.write(get('/v1/users/me', name));
  // Asked after them: when it is answered, ten have the thread or wait for it, and the refusals of ten are held.
  await request(service.url, 'GET', '/health/live', { documented: false });
  for (const socket of sockets) socket.destroy();
  const labels = { method: 'GET', route: '/v1/users/me', status: '499' };
  const gone = () => metric(service, 'http_request_duration_seconds_count', labels);
  await eventually(async () => (await gone()) === names.length);
  expect((await whoAmI(service.url, LOOKED_AT[0]!)).status).toBe(429);
  expect((await whoAmI(service.url, REFUSED[0]!)).status).toBe(401);
});
