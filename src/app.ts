import { VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { DestinationStream } from 'pino';
import type { QueueOnBoard } from './admin/queue-board.js';
import { registerGauges } from './app.gauges.js';
import { AppModule } from './app.module.js';
import { PasswordGuesses } from './common/password-guesses.js';
import { JsonLogger } from './common/json-logger.js';
import type { Config } from './config/config.js';
import { limitConnections } from './http/connection-limit.js';
import { docsPaths, serveDocs } from './http/docs.js';
import { httpsOnly } from './http/https-only.middleware.js';
import { operatorOnly } from './http/operator-only.middleware.js';
import { requestId } from './http/request-id.middleware.js';
import { requestMetrics } from './http/request-metrics.js';
import { requestLog } from './http/request-log.middleware.js';
import { requestTrace } from './http/request-trace.middleware.js';
import { apiHeaders, pageHeaders } from './http/security-headers.js';
import { StrictExpress } from './http/strict-express.js';
import { strictRequest } from './http/strict-request.middleware.js';
import { readTargets } from './http/request-target.js';
import { answerUnreadable } from './http/unreadable-request.js';
import { queuesToLookAt } from './mail/mail-queue.js';
import { Metrics } from './metrics/metrics.js';

/**
 * Makes the application as production and the tests run it; not listening yet.
 *
 * @param logTo where log lines go
 */
export async function createApp(config: Config, logTo: DestinationStream): Promise<NestExpressApplication> {
  const logger = new JsonLogger(config.logLevel, logTo);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config),
    new StrictExpress(),
    {
      logger,
      bodyParser: false,
      ...(config.tls ? { httpsOptions: config.tls } : {}),
    },
  );
  app.set('trust proxy', config.trustProxy);
  app.enableVersioning({ type: VersioningType.URI });
  limitConnections(app.getHttpServer(), app.get(Metrics));
  answerUnreadable(app.getHttpServer());
  readTargets(app.getHttpServer());
  app.use(requestId);
  if (config.exportsTraces) app.use('/v1', requestTrace);
  app.use(requestLog, requestMetrics(app.get(Metrics)), apiHeaders);
  app.use('/v1', noStore);
  app.use(strictRequest);
  if (config.httpsOnly) app.use(['/v1', '/admin'], httpsOnly);
  app.use(docsPaths, pageHeaders);
  if (config.role !== 'worker') {
    serveDocs(app, config);
    if (config.admin) await serveQueueBoard(app, config.admin);
  }
  registerGauges(app);
  return app;
}

/** An Express application of its own: Nest's guards do not see it. Loaded only where there is an operator. */
async function serveQueueBoard(
  app: NestExpressApplication,
  operator: { username: string; password: string },
): Promise<void> {
  const { QUEUE_BOARD_PATH, queueBoard } = await import('./admin/queue-board.js');
  const queues = queuesToLookAt.map(({ token, description }) => ({
    queue: app.get<QueueOnBoard['queue']>(token, { strict: false }),
    description,
  }));
  app.use(
    QUEUE_BOARD_PATH,
    pageHeaders,
    operatorOnly(operator, app.get(PasswordGuesses)),
    queueBoard(queues),
  );
}

/** Answers under /v1 are about one person and stay out of every cache. */
function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('cache-control', 'no-store');
  next();
}
