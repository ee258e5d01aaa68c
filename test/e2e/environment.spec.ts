import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { InvalidSettings, readEnvironment } from '../../src/config/load-config.js';
import { makeCertificates } from '../support/certificates.js';
import { settings } from '../support/environment.js';

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

it('a certificate that is of no use is a wrong setting, told with the others', () => {
  const certificates = makeCertificates();
  const { keyFile, certFile } = certificates;
  try {
    for (const [cert, key] of [
      [join(directory, 'nowhere'), keyFile],
      [keyFile, certFile],
      [certFile, certFile],
    ]) {
      const parse = () => settings({ PORT: 'none', TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
      expect(parse).toThrow(InvalidSettings);
      expect(parse).toThrow(/PORT .*\n.*TLS_CERT_FILE and TLS_KEY_FILE .*: E[A-Z_]+$/);
    }
  } finally {
    certificates.stop();
  }
});
