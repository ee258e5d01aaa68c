import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createApp } from '../../src/app.js';
import { InvalidSettings, readEnvironment } from '../../src/config/load-config.js';
import { makeCertificates } from '../support/certificates.js';
import { settings } from '../support/environment.js';
import { logDestination } from '../support/log.js';

const home = process.cwd();
const before = { ...process.env };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'environment-'));
  process.chdir(directory);
});

afterEach(() => {
  process.chdir(home);
  for (const name of ['MAIL_FROM', 'ROLE']) delete process.env[name];
  Object.assign(process.env, before);
  rmSync(directory, { recursive: true });
});

it('settings come from .env, and from the environment, which wins', async () => {
  writeFileSync('.env', 'MAIL_FROM="File <file@example.com>"\nROLE=worker\n');
  process.env['ROLE'] = 'api';
  const { MAIL_FROM, ROLE } = await readEnvironment();
  expect({ MAIL_FROM, ROLE }).toEqual({ MAIL_FROM: 'File <file@example.com>', ROLE: 'api' });
});

it('no .env is no fault', async () => {
  process.env['ROLE'] = 'api';
  expect((await readEnvironment())['ROLE']).toBe('api');
});

it('a certificate that is of no use is a wrong setting', async () => {
  const certificates = makeCertificates();
  const { keyFile, certFile } = certificates;
  try {
    for (const [cert, key] of [
      [join(directory, 'nowhere'), keyFile],
      [keyFile, certFile],
      [certFile, certFile],
    ]) {
      const started = createApp(settings({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }), logDestination);
      await expect(started).rejects.toThrow(InvalidSettings);
      await expect(started).rejects.toThrow(/TLS_CERT_FILE and TLS_KEY_FILE .*: E[A-Z_]+$/);
    }
  } finally {
    certificates.stop();
  }
});
