import type { Server } from 'node:http';
import { expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { request } from '../support/client.js';
import { closeOf, connectTo, parseAnswers } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

const cleanup = useCleanup();

const serverOf = ({ app }: Service): Server => app.getHttpServer();

/** How a slow client went: how long it was borne, milliseconds, and what it was told. */
interface Patience {
  after: number;
  status: number | undefined;
  problem: string | undefined;
}

/** Sends the beginning at once and then an octet every 50 ms, until the service hangs up. */
async function drip(url: string, beginning: string, drops = ''): Promise<Patience> {
  const socket = await connectTo(url);
  const start = performance.now();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = closeOf(socket);
  socket.write(beginning);
  const left = drops[Symbol.iterator]();
  const timer = setInterval(() => {
    const { value } = left.next();
    if (value !== undefined && socket.writable) socket.write(value);
  }, 50);
  await closed;
  clearInterval(timer);
  const [answer] = parseAnswers(Buffer.concat(chunks));
  const problem = answer === undefined ? undefined : JSON.parse(answer.text).type;
  return { after: performance.now() - start, status: answer?.status, problem };
}

const register = 'POST /v1/registration HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';

it('the figures are 10 s for the headers and 15 s for the whole, looked at every second', async () => {
  const server = serverOf(cleanup(await startService()));
  expect(server).toMatchObject({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
  });
});

it('whoever is slower is cut, however busy it keeps its connection, and others are served meanwhile', async () => {
  const service = cleanup(await startService());
  // Read at each look, so the test need not wait for the whole figures; the interval is the one that they come with.
  Object.assign(serverOf(service), { headersTimeout: 1_000, requestTimeout: 1_500 });
  const told = { status: 408, problem: '/problems/request-timeout' };
  const slow = Promise.all([
    drip(service.url, ''),
    drip(service.url, '', `GET /${'x'.repeat(200)}`),
    drip(service.url, 'GET /health/live HTTP/1.1\r\nhost: a\r\n', 'x-drip: x\r\n'.repeat(20)),
    drip(service.url, `${register}content-length: 100\r\n\r\n`),
    drip(service.url, `${register}content-length: 200\r\n\r\n`, ' '.repeat(200)),
    drip(service.url, `${register}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'.repeat(30)),
  ]);
  expect((await request(service.url, 'GET', '/health/ready')).status).toBe(200);
  for (const { after, ...answer } of await slow) {
    expect(answer).toEqual(told);
    expect(after).toBeGreaterThan(900);
    // The figure, the interval, and what a busy machine adds.
    expect(after).toBeLessThan(1_500 + 1_000 + 2_000);
  }
});
