import { describe, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { newestMail } from '../support/mails.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { OwnRedis } from '../support/own-redis.js';
import { answering, startProcess } from '../support/process.js';
import { describeWithRedis } from '../support/redis.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const cleanup = useCleanup();

interface World {
  database: TestDatabase;
  smtp: ScriptedSmtp;
  variables: NodeJS.ProcessEnv;
}

async function newWorld(variables: NodeJS.ProcessEnv = {}): Promise<World> {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const smtp = cleanup(await startSmtp());
  return { database, smtp, variables: { DATABASE_URL: database.url, SMTP_URL: smtp.url, ...variables } };
}

describeWithRedis('SIGKILL between the commit and the queue', () => {
  it('costs no mail: the next process finds it in the outbox', async () => {
    const redis = cleanup(await OwnRedis.start());
    const { smtp, variables } = await newWorld({ REDIS_URL: redis.url });
    const first = cleanup(await startProcess(variables));
    await answering(first);
    await redis.kill();
    const email = newEmail();
    expect((await register(first.url, email)).status).toBe(201);
    first.kill('SIGKILL');
    expect(await first.ended).toBe('signal SIGKILL');
    expect(smtp.recipients).toEqual([]);

    await redis.start();
    const second = cleanup(await startProcess(variables));
    await answering(second);
    expect(await outcomes(second.url, smtp, [email])).toEqual([deliveredOnce]);
  });
});

describe('the roles', () => {
  it('work as two processes: the one registers, the other mails', async () => {
    const { smtp, variables } = await newWorld();
    const api = cleanup(await startProcess({ ...variables, ROLE: 'api' }));
    const worker = cleanup(await startProcess({ ...variables, ROLE: 'worker' }));
    await Promise.all([answering(api), answering(worker)]);
    const email = newEmail();
    expect((await register(api.url, email)).status).toBe(201);
    expect(await outcomes(api.url, smtp, [email])).toEqual([deliveredOnce]);
    expect((await fetch(`${worker.url}/v1/users/me`)).status).toBe(404);
  });

  it('let a registration wait for a worker that comes later', async () => {
    const { database, smtp, variables } = await newWorld();
    const api = cleanup(await startProcess({ ...variables, ROLE: 'api' }));
    await answering(api);
    const email = newEmail();
    expect((await register(api.url, email)).status).toBe(201);
    expect(await newestMail(database, email)).toMatchObject({ state: 'pending', attempts: 0 });
    cleanup(await startProcess({ ...variables, ROLE: 'worker' }));
    expect(await outcomes(api.url, smtp, [email], 20_000)).toEqual([deliveredOnce]);
  });
});

describe('wrong settings', () => {
  it('end the process at once with 1, list every fault and print no value', async () => {
    const service = cleanup(
      await startProcess({
        DATABASE_URL: 'mysql://root:hunter2@db/registration',
        SMTP_URL: 'not a url hunter3',
        ACTIVATION_CODE_SECRET: 'hunter4',
        ADMIN_PASSWORD: 'hunter6',
        BCRYPT_COST: '3',
      }),
    );
    expect(await service.ended).toBe('code 1');
    const output = service.output();
    for (const name of [
      'DATABASE_URL',
      'SMTP_URL',
      'ACTIVATION_CODE_SECRET',
      'ADMIN_USERNAME',
      'BCRYPT_COST',
    ]) {
      expect(output).toContain(name);
    }
    expect(output).not.toMatch(/hunter/);
    expect(output).not.toContain('    at ');
  });

  it('that only the network can tell, a taken port, end it with 1 and a sentence', async () => {
    const { variables } = await newWorld();
    const first = cleanup(await startProcess(variables));
    await answering(first);
    const second = cleanup(await startProcess({ ...variables, PORT: new URL(first.url).port }));
    expect(await second.ended).toBe('code 1');
    expect(second.output()).toContain('EADDRINUSE');
  });
});
