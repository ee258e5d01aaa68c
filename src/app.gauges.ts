import type { NestExpressApplication } from '@nestjs/platform-express';
import { Config } from './config/config.js';
import { Database } from './database/database.js';
import { OutboxRepository } from './mail/outbox.repository.js';
import { Metrics } from './metrics/metrics.js';
import { PasswordHasher } from './users/password-hasher.js';

/** Shows on /metrics what other modules hold: their pools, their queues, what they owe. */
export function registerGauges(app: NestExpressApplication): void {
  const metrics = app.get(Metrics);
  const database = app.get(Database);
  metrics.gauge('database_connections', 'Connections of the pool', () => database.load.connections);
  metrics.gauge('database_waiting', 'Statements that wait for a connection', () => database.load.waiting);
  if (app.get(Config).role !== 'worker') {
    const hasher = app.get(PasswordHasher, { strict: false });
    metrics.gauge('hash_queue_depth', 'Passwords that wait for a hash thread', () => hasher.queueDepth);
  }
  const outbox = app.get(OutboxRepository, { strict: false });
  // One look serves the three of a scrape, which are read at once.
  let looking: ReturnType<OutboxRepository['backlog']> | undefined;
  const look = () => outbox.backlog().catch(() => ({ owed: NaN, dead: NaN, oldestSeconds: NaN }));
  const backlog = () => (looking ??= look().finally(() => (looking = undefined)));
  metrics.gauge('mails_owed', 'Mails that were not sent yet', async () => (await backlog()).owed);
  metrics.gauge('mails_dead', 'Dead letters', async () => (await backlog()).dead);
  metrics.gauge(
    'mails_oldest_owed_seconds',
    'Age of the oldest of them',
    async () => (await backlog()).oldestSeconds,
  );
}
