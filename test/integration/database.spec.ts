import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TemporarilyUnavailable } from '../../src/common/domain-error.js';
import { toDomainError } from '../../src/database/database-error.js';
import { Database, type Transaction } from '../../src/database/database.js';
import { freePort } from '../../dev/ports.mjs';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { settings } from '../support/environment.js';
import { eventually } from '../support/eventually.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await createDatabase();
  await server.sql('create table notes (text text constraint notes__text unique)');
  database = connect({ DATABASE_URL: server.url, DATABASE_POOL_MAX: '3' });
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  await database.onApplicationShutdown();
  await server.drop();
});

function connect(variables: NodeJS.ProcessEnv): Database {
  return new Database(settings(variables));
}

async function write(transaction: Transaction, text: string): Promise<void> {
  await transaction.query('insert into notes values ($1)', [text]);
}

async function written(text: string): Promise<boolean> {
  return (await server.sql('select from notes where text = $1', [text])).length === 1;
}

async function backend(on: Database | Transaction): Promise<number> {
  const [row] = await on.query<{ pid: number }>('select pg_backend_pid() as pid');
  return row!.pid;
}

describe('a transaction', () => {
  it('is there when its work has returned, and returns what that returns', async () => {
    const answer = await database.transaction(async (transaction) => {
      await write(transaction, 'kept');
      return 42;
    });
    expect(answer).toBe(42);
    expect(await written('kept')).toBe(true);
  });

  it('leaves nothing behind when its work throws, and hands on what was thrown', async () => {
    const fault = new Error('a rule of the business');
    const work = database.transaction(async (transaction) => {
      await write(transaction, 'dropped');
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await written('dropped')).toBe(false);
  });

  it('starts statements together: each sees what the one before it did', async () => {
    const [, seen] = await database.transaction((transaction) =>
      Promise.all([
        write(transaction, 'together'),
        transaction.query(`select from notes where text = 'together'`),
      ]),
    );
    expect(seen).toHaveLength(1);
    expect(await written('together')).toBe(true);
  });

  it('sends what is started together with its beginning in one write', async () => {
    // What a stream calls for what was corked: nothing else of Node tells one write from two.
    const writes = jest.spyOn(Socket.prototype, '_writev');
    await database.transaction((on) => Promise.all([backend(on), backend(on)]));
    // The second one is the commit.
    expect(writes).toHaveBeenCalledTimes(2);
  });

  it('lets nothing of its work outlive it: what comes after its end is refused', async () => {
    let late: Promise<unknown> | undefined;
    const work: Promise<unknown> = database.transaction(async (transaction) => {
      const slow = async () => {
        await Promise.allSettled([work]);
        await write(transaction, 'outlived');
      };
      late = slow();
      await Promise.all([late, transaction.query('selekt')]);
    });
    await expect(work).rejects.toMatchObject({ code: '42601' });
    await expect(late).rejects.toThrow('the transaction is over');
    expect(await written('outlived')).toBe(false);
  });

  it('gives its connection back, also after many that failed', async () => {
    for (let time = 0; time < 10; time += 1) {
      await expect(database.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    }
    expect(await database.answersWithin(1_000)).toBe(true);
  });

  it('whose connection is cut is temporarily unavailable, rolled back, and the next one works', async () => {
    const work = database.transaction(async (transaction) => {
      await write(transaction, 'cut');
      await server.sql('select pg_terminate_backend($1)', [await backend(transaction)]);
      await write(transaction, 'never');
    });
    await expect(work).rejects.toBeInstanceOf(TemporarilyUnavailable);
    expect(await written('cut')).toBe(false);
    await database.transaction((transaction) => write(transaction, 'next'));
    expect(await written('next')).toBe(true);
  });

  it('keeps the first error when its connection is gone before it can roll back', async () => {
    const fault = new Error('the first one');
    const work = database.transaction(async (transaction) => {
      const pid = await backend(transaction);
      await server.sql('select pg_terminate_backend($1)', [pid]);
      await eventually(
        async () => (await server.sql('select from pg_stat_activity where pid = $1', [pid])).length === 0,
      );
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await database.answersWithin(1_000)).toBe(true);
  });
});

describe('a batch', () => {
  it('is there when it has returned, and returns what its statements return', async () => {
    const [, seen] = await database.batch((transaction) =>
      Promise.all([
        write(transaction, 'batch'),
        transaction.query<{ text: string }>(`select text from notes where text = 'batch'`),
      ]),
    );
    expect(seen).toEqual([{ text: 'batch' }]);
    expect(await written('batch')).toBe(true);
  });

  it('leaves in one write, its commit included', async () => {
    await database.batch(backend); // has the connection and its statements prepared
    const writes = jest.spyOn(Socket.prototype, '_writev');
    await database.batch((on) => Promise.all([backend(on), backend(on)]));
    expect(writes).toHaveBeenCalledTimes(1);
  });

  it('leaves nothing behind when one of its statements fails, whichever, and the connection serves on', async () => {
    const before = await database.batch(backend);
    const last = database.batch((on) => Promise.all([write(on, 'torn'), on.query('select 1 / 0')]));
    await expect(last).rejects.toMatchObject({ code: '22012' });
    const first = database.batch((on) => Promise.all([on.query('select 1 / 0'), write(on, 'torn')]));
    await expect(first).rejects.toMatchObject({ code: '22012' });
    expect(await written('torn')).toBe(false);
    expect(await database.batch(backend)).toBe(before);
  });

  it('lets no statement wait for an answer: it would come after the commit', async () => {
    const waiting = database.batch(async (transaction) => {
      await write(transaction, 'the first');
      await write(transaction, 'the second');
    });
    await expect(waiting).rejects.toThrow('the transaction is over');
    expect(await written('the second')).toBe(false);
  });
});

describe('a fault of the database', () => {
  it('of an idle connection is noticed and forgotten', async () => {
    const pid = await backend(database);
    await server.sql('select pg_terminate_backend($1)', [pid]);
    await eventually(async () => (await backend(database)) !== pid, { what: 'another connection' });
    expect(await database.answersWithin(1_000)).toBe(true);
  });

  it('is temporarily unavailable while a lock is held by somebody else, within two seconds', async () => {
    await server.sql('begin');
    await server.sql('lock table notes');
    const start = performance.now();
    const work = database.transaction((transaction) => write(transaction, 'locked'));
    await expect(work).rejects.toBeInstanceOf(TemporarilyUnavailable);
    expect(performance.now() - start).toBeLessThan(2_000);
    await server.sql('rollback');
  });

  it('is temporarily unavailable when a statement takes too long, and the next one works', async () => {
    await expect(database.query('select pg_sleep(10)')).rejects.toBeInstanceOf(TemporarilyUnavailable);
    expect(await database.answersWithin(1_000)).toBe(true);
  });

  it('is temporarily unavailable when every connection is taken for too long', async () => {
    const busy = Array.from({ length: 3 }, () => database.query('select pg_sleep(2.3)'));
    await expect(database.transaction(backend)).rejects.toBeInstanceOf(TemporarilyUnavailable);
    await expect(Promise.all(busy)).resolves.toHaveLength(3);
  });

  it('is temporarily unavailable when nobody is there, and says no to a probe', async () => {
    const nobody = connect({ DATABASE_URL: `postgresql://postgres@127.0.0.1:${await freePort()}/none` });
    await expect(nobody.query('select 1')).rejects.toBeInstanceOf(TemporarilyUnavailable);
    await expect(nobody.transaction(backend)).rejects.toBeInstanceOf(TemporarilyUnavailable);
    expect(await nobody.answersWithin(1_000)).toBe(false);
    await nobody.onApplicationShutdown();
  });

  it('that is our own comes as it is: a wrong statement, a broken constraint', async () => {
    await expect(database.query('selekt')).rejects.toMatchObject({ code: '42601' });
    await database.query(`insert into notes values ('twice')`);
    await expect(database.query(`insert into notes values ('twice')`)).rejects.toMatchObject({
      constraint: 'notes__text',
    });
  });

  it.each([
    ['08006', 'connection failure'],
    ['53300', 'too many connections'],
    ['57P01', 'server shut down'],
    ['57014', 'statement timeout'],
    ['40P01', 'deadlock'],
    ['40001', 'serialization failure'],
    ['55P03', 'lock timeout'],
    ['25006', 'read-only server'],
    ['28P01', 'wrong password'],
    ['3D000', 'no such database'],
    ['42P01', 'not migrated yet'],
    ['42703', 'a column of the next migration'],
  ])('%s (%s) is temporarily unavailable', (code) => {
    expect(toDomainError({ code, severity: 'ERROR' })).toBeInstanceOf(TemporarilyUnavailable);
  });

  it('of a probe is an answer in time, whatever the server does', async () => {
    const busy = Array.from({ length: 3 }, () => database.query('select pg_sleep(1)'));
    const start = performance.now();
    expect(await database.answersWithin(300)).toBe(false);
    expect(performance.now() - start).toBeLessThan(600);
    await Promise.all(busy);
  });
});
