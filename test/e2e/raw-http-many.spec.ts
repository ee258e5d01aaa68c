import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { IMAGE_NODE } from '../../bench/parts/image.mjs';
import { residentMiB } from '../../bench/parts/memory.mjs';
import { useCleanup } from '../support/cleanup.js';
import { createDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { metric } from '../support/metrics.js';
import { answering, startProcess } from '../support/process.js';
import { closeOf, connectTo, exchange, parseAnswers } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

const cleanup = useCleanup();

const MOST = 3_000;

/** The smallest pod that the chart gives an api, MiB. */
const POD_MIB = 512;

const serverOf = ({ app }: Service): Server => app.getHttpServer();

const live = 'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n';
const register = 'POST /v1/registration HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';

/** A client that begins a request and stays. */
async function open(url: string, beginning: string): Promise<Socket> {
  const socket = await connectTo(url);
  cleanup({ stop: async () => socket.destroy() });
  socket.write(beginning);
  return socket;
}

it('are three thousand at once', async () => {
  expect(serverOf(cleanup(await startService()))).toMatchObject({ maxConnections: MOST });
});

it('whose client has gone still have its address, by which it is counted', async () => {
  const service = cleanup(await startService());
  const address = new Promise<string | undefined>((resolve) => {
    serverOf(service).once('connection', (socket) => {
      socket.once('close', () => resolve(socket.remoteAddress));
    });
  });
  (await connectTo(service.url)).resetAndDestroy();
  expect(await address).toMatch(/127\.0\.0\.1$/);
});

it('when all are busy, who comes is hung up on and counted, and nobody who was there is disturbed', async () => {
  const service = cleanup(await startService());
  const server = serverOf(service);
  server.maxConnections = 2;
  const busy = [
    await open(service.url, `${register}content-length: 2\r\n\r\n`),
    await open(service.url, `${register}content-length: 2\r\n\r\n`),
  ];
  expect(await exchange(service.url, live)).toEqual([]);
  expect(await exchange(service.url, live)).toEqual([]);
  for (const socket of busy) {
    socket.write('{}');
    const [octets] = (await once(socket, 'data')) as [Buffer];
    expect(parseAnswers(octets)).toMatchObject([{ status: 422 }]);
  }
  server.maxConnections = MOST;
  expect(await metric(service, 'http_connections_dropped_total')).toBe(2);
});

it('idle ones make room', async () => {
  const service = cleanup(await startService());
  serverOf(service).maxConnections = 2;
  const idle = [await open(service.url, live), await open(service.url, live)];
  const closed = Promise.all(idle.map(closeOf));
  await Promise.all(idle.map((socket) => once(socket, 'data')));
  expect(await exchange(service.url, live)).toEqual([]);
  await closed;
  await open(service.url, live).then((socket) => once(socket, 'data'));
});

it('as many requests as it takes, which never end, leave it alive within the memory of a pod', async () => {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const variables = { DATABASE_URL: database.url, ...IMAGE_NODE };
  const service = cleanup(await startProcess(variables));
  await answering(service);
  const header = `x-padding: ${'x'.repeat(15_000)}\r\n`;
  const endless = `${register}${header}content-length: 16000\r\n\r\n"${'x'.repeat(15_000)}`;
  for (let count = 0; count < 2 * MOST; count += 100)
    await Promise.all(Array.from({ length: 100 }, () => open(service.url, endless)));
  let mostMib = 0;
  // Answered when the first of them have run out of time.
  const dropped = await eventually(
    () => {
      mostMib = Math.max(mostMib, residentMiB(service.pid));
      return metric(service, 'http_connections_dropped_total');
    },
    { within: 30_000, what: 'an answer' },
  );
  expect(dropped).toBeGreaterThanOrEqual(MOST);
  expect(mostMib).toBeLessThan(POD_MIB);
});
