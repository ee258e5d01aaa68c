import { lookup } from 'node:dns/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PasswordHasher } from '../../src/users/password-hasher.js';
import { type Service, startService } from '../support/service.js';

const PASSWORDS = 64;

let service: Service;

beforeAll(async () => {
  service = await startService({ HASH_THREADS: '64', BCRYPT_COST: '9' });
});

afterAll(() => service.stop());

// Native bcrypt and the system's resolver share the threads of libuv: whoever cannot look up a name while passwords wait
// finds neither a database nor an SMTP server again.
it('a name is looked up before all passwords that wait are hashed', async () => {
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
