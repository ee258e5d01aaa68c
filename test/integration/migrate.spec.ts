import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { migrateQueue } from '../../src/mail/migrate-queue.js';
import { useCleanup } from '../support/cleanup.js';
import { type TestDatabase, createEmptyDatabase } from '../support/databases.js';

const all = readdirSync(new URL('../../migrations', import.meta.url))
  .filter((name) => name.endsWith('.sql'))
  .map((name) => name.replace('.sql', ''))
  .toSorted();

const cleanup = useCleanup();

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  cleanup({ stop: () => database.drop() });
  return database;
}

async function tables(database: TestDatabase, schema: string): Promise<string[]> {
  const rows = await database.sql<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = $1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

describe('a migration', () => {
  it('makes every table of ours and of the queue, in the order of the names', async () => {
    const database = await emptyDatabase();
    expect(await migrate({ url: database.url, poolMax: 1 }, migrateQueue)).toEqual(all);
    expect(await tables(database, 'public')).toEqual(
      expect.arrayContaining(['users', 'activation_codes', 'mails', 'migrations']),
    );
    expect(await tables(database, 'bullmq')).toContain('job');
  });

  it('is applied once when four replicas start at once', async () => {
    const database = await emptyDatabase();
    const runs = Array.from({ length: 4 }, () => migrate({ url: database.url, poolMax: 1 }, migrateQueue));
    expect((await Promise.all(runs)).flat()).toEqual(all);
  });

  it('does nothing the second time', async () => {
    const database = await emptyDatabase();
    await migrate({ url: database.url, poolMax: 1 }, migrateQueue);
    expect(await migrate({ url: database.url, poolMax: 1 }, migrateQueue)).toEqual([]);
  });

  it('says who is missing when there is no server, instead of waiting', async () => {
    const nowhere = { url: 'postgresql://postgres@127.0.0.1:1/none', poolMax: 1 };
    await expect(migrate(nowhere, migrateQueue)).rejects.toThrow('ECONNREFUSED');
  });
});

/** Runs the program in this process. @returns what it prints */
async function run({ url }: { url: string }): Promise<string> {
  const print = jest.spyOn(console, 'log').mockReturnValue(undefined);
  const complain = jest.spyOn(console, 'error').mockReturnValue(undefined);
  process.env['DATABASE_URL'] = url;
  jest.resetModules();
  await import('../../src/migrate.js');
  return [...print.mock.calls, ...complain.mock.calls].at(-1)!.join(' ');
}

describe('npm run migrate', () => {
  const url = process.env['DATABASE_URL'];

  afterEach(() => {
    jest.restoreAllMocks();
    if (url === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = url;
  });

  it('tells which migrations it applied, and the second time that nothing was left to do', async () => {
    const database = await emptyDatabase();
    expect(await run(database)).toBe(`applied ${all.join(', ')}`);
    expect(await run(database)).toBe('the database is up to date');
  });

  it.each([
    ['no settings', '', 'Invalid settings:\n  - DATABASE_URL is required'],
    ['no server', 'postgresql://postgres@127.0.0.1:1/none', expect.stringContaining('ECONNREFUSED')],
  ])('with %s it says so and fails', async (_, nowhere, complaint) => {
    expect(await run({ url: nowhere })).toEqual(complaint);
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
  });
});
