import { expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { logLines } from '../support/log.js';
import { startService } from '../support/service.js';

const cleanup = useCleanup();

const told = () => logLines(({ msg }) => String(msg).startsWith('connection lost'));

it('an idle connection that is lost is told once, and not as something of the request that opened it', async () => {
  const service = cleanup(await startService({ ROLE: 'api' }));
  const { headers } = await register(service.url, newEmail());
  const ended = await service.database.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'registration-api'`,
  );
  expect(ended.length).toBeGreaterThan(0);
  await eventually(() => told().length >= ended.length);
  expect((await register(service.url, newEmail())).status).toBe(201);
  expect(told()).toHaveLength(ended.length);
  expect(JSON.stringify(told())).not.toContain(headers.get('x-request-id'));
});
