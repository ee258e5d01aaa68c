import * as http from 'node:http';
import * as https from 'node:https';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';

/**
 * How long a client may take. Node's own figures (60 s, 300 s, looked at every 30 s) let a few slow clients
 * hold every connection.
 */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  // Longer than the 60 s of nginx and of most load balancers, so that theirs ends first and none is cut mid-way.
  keepAliveTimeout: 65_000,
} satisfies http.ServerOptions;

/** Express that takes a path as it is written, on a server of ours: one that is patient with nobody, and fast. */
export class StrictExpress extends ExpressAdapter {
  constructor() {
    super(makeExpress());
  }

  /** Of Nest's options for the server this one alone; connections are ended by HttpDrain. */
  override initHttpServer({ httpsOptions }: NestApplicationOptions): void {
    const app = this.getInstance<Express>();
    const options = { ...limits, ...adoptPrototypes(app) };
    this.httpServer = httpsOptions
      ? https.createServer({ ...httpsOptions, ...options, handshakeTimeout: limits.headersTimeout }, app)
      : http.createServer(options, app);
  }
}

/** Made before Nest's adapter, which has Express make its router: that reads its settings once. */
function makeExpress(): Express {
  const app = express();
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.disable('etag');
  return app;
}

/**
 * Gives an application classes of requests and responses that are born with its prototypes. Express changes the prototype
 * of each of Node's objects, and an object whose prototype was changed is slow ever after, and outlives its request
 * (docs/performance.md). To be done before anything is mounted, which looks at the prototypes of what it is mounted on.
 */
function adoptPrototypes(app: Express) {
  class ExpressRequest extends http.IncomingMessage {}
  class ExpressResponse extends http.ServerResponse<ExpressRequest> {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  Object.assign(app, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
