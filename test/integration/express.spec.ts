import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Express, Request, Response } from 'express';
import { StrictExpress } from '../../src/http/strict-express.js';

let adapter: StrictExpress;
let server: Server;

beforeEach(async () => {
  adapter = new StrictExpress();
  adapter.initHttpServer({});
  server = adapter.getHttpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

it('Express changes the prototype of no request and of no response', async () => {
  const seen: object[][] = [];
  const look = (...both: [IncomingMessage, ServerResponse]) =>
    seen.push(both.map((one) => Object.getPrototypeOf(one) as object));
  server.prependListener('request', look);
  adapter.getInstance<Express>().get('/', (request: Request, response: Response) => {
    look(request, response);
    response.json({ ip: request.ip });
  });
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await answer.json()).toEqual({ ip: '127.0.0.1' });
  const [before, after] = seen;
  expect(before![0]).toBe(after![0]);
  expect(before![1]).toBe(after![1]);
});
