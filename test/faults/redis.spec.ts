import { expect, it } from '@jest/globals';
import { freePort } from '../../dev/ports.mjs';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, statusOf } from '../support/client.js';
import type { TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { logLines } from '../support/log.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { OwnRedis } from '../support/own-redis.js';
import { describeWithRedis } from '../support/redis.js';
import { mailsTo, startReplica, startService } from '../support/service.js';
import { startSmtp } from '../support/smtp.js';

/** What a registration may take on the small machines that tests run on, whatever Redis does, milliseconds. */
const NORMAL_MS = 1_000;

const cleanup = useCleanup();

async function registerInNormalTime(url: string, count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, newEmail);
  for (const email of emails) {
    const { status, took } = await register(url, email);
    expect(status).toBe(201);
    expect(took).toBeLessThan(NORMAL_MS);
  }
  return emails;
}

it('registers without the Redis it was promised, says so, and a replica without one sends the mail', async () => {
  const service = cleanup(await startService({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` }));
  const emails = await registerInNormalTime(service.url, 2);
  expect(await statusOf('queue', service.url)).toBe('degraded');

  cleanup(await startReplica({ ...service.variables, REDIS_URL: '' }));
  expect(await outcomes(service.url, service.mailbox, emails)).toEqual(emails.map(() => deliveredOnce));
});

describeWithRedis('a service whose Redis fails', () => {
  it('registers as fast while it is killed, and when it is back empty every mail arrives once', async () => {
    const redis = cleanup(await OwnRedis.start());
    const service = cleanup(await startService({ REDIS_URL: redis.url }));
    await mailsTo(service.mailbox, (await registerInNormalTime(service.url, 1))[0]!);

    await redis.kill();
    const emails = await registerInNormalTime(service.url, 5);
    expect(service.mailbox.mails).toHaveLength(1);

    await redis.start();
    expect(await outcomes(service.url, service.mailbox, emails)).toEqual(emails.map(() => deliveredOnce));
    expect(await statusOf('queue', service.url)).toBe('up');
  });

  it('is remembered until the mails are looked after, also when PostgreSQL fails at that moment', async () => {
    const redis = cleanup(await OwnRedis.start());
    const smtp = cleanup(await startSmtp('defer'));
    const service = cleanup(await startService({ REDIS_URL: redis.url, SMTP_URL: smtp.url }));
    const emails = await registerInNormalTime(service.url, 1);
    await eventually(async () => (await countPutOff(service.database)) === 1, { what: 'a first try' });
    await service.database.sql(`update mails set due_at = now() + interval '1 hour'`);

    await redis.kill();
    await service.database.sql('alter table mails rename to away');
    const before = failedRounds();
    await redis.start();
    await eventually(() => failedRounds() > before, { what: 'a round of the relay that failed' });
    smtp.mode = 'ok';
    await service.database.sql('alter table away rename to mails');
    expect(await outcomes(service.url, smtp, emails)).toEqual([deliveredOnce]);
  });

  it('starts without it, and sends everything soon after it is there', async () => {
    const redis = cleanup(await OwnRedis.prepare());
    const service = cleanup(await startService({ REDIS_URL: redis.url }));
    const emails = await registerInNormalTime(service.url, 5);

    await redis.start();
    expect(await outcomes(service.url, service.mailbox, emails)).toEqual(emails.map(() => deliveredOnce));
  });

  it('registers quickly while it is frozen, and sends once when it moves again', async () => {
    const redis = cleanup(await OwnRedis.start());
    const service = cleanup(await startService({ REDIS_URL: redis.url }));
    await mailsTo(service.mailbox, (await registerInNormalTime(service.url, 1))[0]!);

    redis.freeze();
    const emails = await registerInNormalTime(service.url, 5);
    redis.thaw();
    expect(await outcomes(service.url, service.mailbox, emails)).toEqual(emails.map(() => deliveredOnce));
  });

  it('sends the mails that were waiting in it for another try', async () => {
    const redis = cleanup(await OwnRedis.start());
    const smtp = cleanup(await startSmtp('defer'));
    const service = cleanup(await startService({ REDIS_URL: redis.url, SMTP_URL: smtp.url }));
    const emails = await registerInNormalTime(service.url, 3);
    await eventually(async () => (await countPutOff(service.database)) === 3, {
      what: 'a first try at each mail',
    });

    await redis.kill();
    smtp.mode = 'ok';
    await redis.start();
    expect(await outcomes(service.url, smtp, emails)).toEqual(emails.map(() => deliveredOnce));
  });
});

function failedRounds(): number {
  return logLines(({ msg }) => String(msg).startsWith('the relay will try again')).length;
}

async function countPutOff(database: TestDatabase): Promise<number> {
  const rows = await database.sql('select from mails where last_error is not null and lease_until is null');
  return rows.length;
}
