import { lookup } from 'node:dns/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { PasswordHasher } from '../../src/users/password-hasher.js';
import { newEmail, register, whoAmI } from '../support/client.js';
import { useCleanup } from '../support/cleanup.js';
import { createDatabase } from '../support/databases.js';
import { answering, startProcess, terminate } from '../support/process.js';
import { startService } from '../support/service.js';

const PASSWORDS = 64;

const cleanup = useCleanup();

// Native bcrypt and the system's resolver share the threads of libuv: whoever cannot look up a name while passwords wait
// finds neither a database nor an SMTP server again.
it('a name is looked up before all passwords that wait are hashed', async () => {
  const service = cleanup(await startService({ HASH_THREADS: '64', BCRYPT_COST: '9' }));
  const hasher = service.app.get(PasswordHasher, { strict: false });
  let hashed = 0;
  const work = Promise.all(
    Array.from({ length: PASSWORDS }, () => hasher.hash('correct horse battery').then(() => hashed++)),
  );
  await turn();
  expect(hasher.queueDepth).toBeGreaterThan(PASSWORDS / 2);
  await lookup('localhost');
  expect(hashed).toBeLessThan(PASSWORDS / 4);
  await work;
});

it('without native code people sign up and sign in as well, and the process ends', async () => {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const service = cleanup(await startProcess({ DATABASE_URL: database.url, HASH_ENGINE: 'bcryptjs' }));
  await answering(service);
  const email = newEmail();
  expect((await register(service.url, email)).status).toBe(201);
  expect((await whoAmI(service.url, email)).status).toBe(200);
  expect((await whoAmI(service.url, email, 'not the password')).status).toBe(401);
  expect(service.output()).toContain('"engine":"bcryptjs"');
  expect((await terminate(service)).ended).toBe('code 0');
});
