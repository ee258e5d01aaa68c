import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readEnvironment } from '../../src/config/load-config.js';

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
