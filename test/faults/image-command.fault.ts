import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { IMAGE_NODE } from '../../bench/parts/image.mjs';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register } from '../support/client.js';
import { createEmptyDatabase } from '../support/databases.js';
import { healthCheck, imageCommand, imageUser, layOutImage } from '../support/image.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { type ServiceProcess, answering, startCommand, terminate } from '../support/process.js';
import { startSmtp } from '../support/smtp.js';

// The image without a container engine: its packages, its user, its commands, in a folder that cannot be written.

const cleanup = useCleanup();

it('the commands of the image need no other user, no package more, and nowhere to write', async () => {
  // Only root can start a process as somebody else.
  expect(process.getuid?.()).toBe(0);
  const { folder } = cleanup(await layOutImage());
  expect(existsSync(join(folder, 'node_modules/jest'))).toBe(false);
  const smtp = cleanup(await startSmtp());
  const database = await createEmptyDatabase();
  cleanup({ stop: () => database.drop() });
  // As in docker-compose.yml; no HOME, and a TMPDIR that is not there.
  const variables = {
    NODE_ENV: 'production',
    ...IMAGE_NODE,
    HTTPS_ONLY: 'false',
    DOCS_ACCESS: 'public',
    TMPDIR: join(folder, 'nowhere'),
    DATABASE_URL: database.url,
    SMTP_URL: smtp.url,
    MAIL_FROM: 'Registration <no-reply@service.test>',
    ACTIVATION_CODE_SECRET: 'a secret of the tests, long enough for the rule',
  };
  const start = async (command: string[], env: NodeJS.ProcessEnv = variables): Promise<ServiceProcess> =>
    cleanup(await startCommand(command, { env, cwd: folder, ...imageUser }));

  const writing = spawnSync('touch', ['planted'], { cwd: folder, ...imageUser, encoding: 'utf8' });
  expect(writing.stderr).toContain('Permission denied');
  const { NODE_ENV, DATABASE_URL } = variables;
  const migration = await start(['node', 'dist/migrate.js'], { NODE_ENV, ...IMAGE_NODE, DATABASE_URL });
  expect([await migration.ended, migration.output()]).toEqual(['code 0', expect.stringContaining('applied')]);

  const api = await start(imageCommand, { ...variables, ROLE: 'api' });
  const worker = await start(imageCommand, { ...variables, ROLE: 'worker' });
  await Promise.all([answering(api), answering(worker)]);
  const email = newEmail();
  expect((await register(api.url, email)).status).toBe(201);
  expect(await outcomes(api.url, smtp, [email])).toEqual([deliveredOnce]);
  const check = await start(healthCheck, { PORT: new URL(api.url).port });
  expect(await check.ended).toBe('code 0');
  expect((await terminate(api)).ended).toBe('code 0');
  expect((await terminate(worker)).ended).toBe('code 0');
  const unhealthy = await start(healthCheck, { PORT: new URL(api.url).port });
  expect(await unhealthy.ended).toBe('code 1');
}, 600_000);
