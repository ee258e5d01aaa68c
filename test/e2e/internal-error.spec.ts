import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newEmail, request } from '../support/client.js';
import { linesOfRequest } from '../support/log.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

it('a fault of ours is answered with a fixed sentence, and logged with all that is needed to mend it', async () => {
  await service.database.sql(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'not like this'; end $$;
     create trigger refuse before insert on users for each row execute function refuse()`,
  );
  const answer = await request(service.url, 'POST', '/v1/registration', {
    body: { email: newEmail(), password: 'canary password' },
    documented: false,
  });
  expect(answer.status).toBe(500);
  expect(answer.body).toEqual({
    type: '/problems/internal-error',
    title: 'Internal error',
    status: 500,
    detail: 'Something went wrong on our side. It is in our log.',
    instance: answer.headers.get('x-request-id'),
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');

  const lines = await linesOfRequest(answer.headers);
  expect(lines).toMatchObject([
    {
      level: 'error',
      msg: expect.stringContaining('not like this'),
      err: { stack: expect.stringContaining('at ') },
    },
    { level: 'error', event: 'http.request', status: 500 },
  ]);
  expect(JSON.stringify(lines)).not.toContain('canary password');
});
