import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres } from '../../dev/postgres.mjs';
import { useCleanup } from '../support/cleanup.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const cleanup = useCleanup();

it('the development database keeps its data over an orderly end and over a kill', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dev-postgres-'));
  cleanup({ stop: () => rm(folder, { recursive: true, force: true }) });
  await chmod(folder, 0o755); // root's PostgreSQL runs as somebody else, who must come in
  const directory = join(folder, 'postgres');

  const first = cleanup(await startPostgres({ directory }));
  await query(first.url, 'create table kept (x int)');
  await first.stop();

  const second = cleanup(await startPostgres({ directory }));
  await query(second.url, 'insert into kept values (1)');
  process.kill(second.pid, 'SIGKILL');
  await second.ended;

  const third = cleanup(await startPostgres({ directory }));
  expect([third.data, await query(third.url, 'select x from kept')]).toEqual([directory, [{ x: 1 }]]);
});
