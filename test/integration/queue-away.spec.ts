import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { freePort } from '../../dev/ports.mjs';
import { ResilientWorker } from '../../src/mail/resilient-queue.js';
import { UpkeepService } from '../../src/upkeep/upkeep.service.js';
import { ChaosProxy } from '../support/chaos-proxy.js';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { createDatabase } from '../support/databases.js';
import { OPERATOR, admin, mailInState } from '../support/operator.js';
import { startService } from '../support/service.js';

const cleanup = useCleanup();

it('without the Redis that it was told of, registrations, replays and the upkeep go on, and the mail is owed', async () => {
  const nobody = `redis://127.0.0.1:${await freePort()}`;
  const service = cleanup(await startService({ ...OPERATOR, REDIS_URL: nobody }));
  const { status, body } = await register(service.url, newEmail());
  expect(status).toBe(201);
  const { id } = await mailInState(service, body['id'], 'pending');
  await service.database.sql(`update mails set state = 'dead', dead_at = now() where id = $1`, [id]);
  await service.app.get(UpkeepService, { strict: false }).run();
  expect((await admin(service, 'POST', `/mails/${String(id)}/retry`)).status).toBe(202);
  expect(await mailInState(service, body['id'], 'pending')).toMatchObject({ id });
});

it('a worker that is stopped while PostgreSQL is away does not connect any more when it is back', async () => {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const proxy = cleanup(await ChaosProxy.start(Number(new URL(database.url).port)));
  await proxy.become('refuse');
  const worker = new ResilientWorker('send', async () => undefined, {
    connection: { connectionString: proxy.before(database.url) },
    autorun: false,
  });
  await once(worker, 'error');
  await worker.close();
  await proxy.become('pass');
  await worker.waitUntilReady();
  expect(proxy.connections).toEqual([]);
});
