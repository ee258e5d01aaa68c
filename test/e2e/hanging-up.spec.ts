import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PASSWORD, basic, newEmail, register, request, whoAmI } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { metric } from '../support/metrics.js';
import { connectTo } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

/** Of nobody, so that no database is asked before the password's turn comes. As many tries as an account may have wrong. */
const WAITING = Array<string>(10).fill('nobody who waits');
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

function post(email: string): string {
  const body = JSON.stringify({ email, password: PASSWORD });
  const headers = `host: here\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  return `POST /v1/registration HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}

/** A connection that the service has taken. */
async function connection(): Promise<Socket> {
  const socket = await connectTo(service.url);
  socket.write(get('/health/live', ''));
  await once(socket, 'data');
  return socket;
}

/** Sends each on a connection of its own, and hangs up on all of them as soon as they are being worked on. */
async function hangUpOn(requests: string[]): Promise<void> {
  const sockets = await Promise.all(requests.map(connection));
  for (const [index, text] of requests.entries()) sockets[index]!.write(text);
  // Asked after them: when it is answered, they have the thread or wait for it, and the refusals of the others are held.
  await request(service.url, 'GET', '/health/live', { documented: false });
  for (const socket of sockets) socket.destroy();
}

const hashes = () => metric(service, 'hash_seconds_count');

const hungUp = (route: string, method: string) =>
  metric(service, 'http_request_duration_seconds_count', { method, route, status: '499' });

it('while a wrong password is looked at counts it', async () => {
  for (let i = 0; i < 10; i++) {
    const before = await hashes();
    await hangUpOn([get('/v1/users/me', 'nobody')]);
    await eventually(async () => (await hashes()) === before + 1);
  }
  expect((await whoAmI(service.url, 'nobody')).status).toBe(429);
});

it('while it waits, or after it was refused, does not, and is told in metrics as 499', async () => {
  const names = [...WAITING, ...REFUSED];
  const before = await hungUp('/v1/users/me', 'GET');
  await hangUpOn(names.map((name) => get('/v1/users/me', name)));
  await eventually(async () => (await hungUp('/v1/users/me', 'GET')) === before + names.length);
  for (const name of [WAITING[0]!, REFUSED[0]!]) expect((await whoAmI(service.url, name)).status).toBe(401);
});

it('while a registration waits leaves nothing of it, and the thread to the others', async () => {
  const before = await hungUp('/v1/registration', 'POST');
  const emails = Array.from({ length: 9 }, newEmail);
  await hangUpOn(emails.map(post));
  await eventually(async () => (await hungUp('/v1/registration', 'POST')) === before + emails.length);
  expect((await register(service.url, newEmail())).status).toBe(201);
  const stored = await service.database.sql('select from users where email = any($1)', [emails]);
  expect(stored.length).toBeLessThanOrEqual(1);
});
