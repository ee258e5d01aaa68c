import { expect, it } from '@jest/globals';
import { freePort } from '../../dev/ports.mjs';
import { UpkeepService } from '../../src/upkeep/upkeep.service.js';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
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
