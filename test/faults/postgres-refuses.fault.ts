import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import type { Ledger } from '../support/ledger.js';
import type { Rig } from '../support/rig.js';

// PostgreSQL is there and refuses: reliability note F-P6, P8, P10 to P13.

/** Whoever asks is told to come again. */
async function sendsPeopleAway(_rig: Rig, ledger: Ledger): Promise<void> {
  const goal = ledger.refused.length + 3;
  await eventually(() => ledger.refused.length >= goal, { within: 20_000, what: 'three 503' });
}

const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'saboteur'`;

const endSessionsOfTheService = (rig: Rig) => rig.sql(endSessions);

/** Takes every connection that the server has, while the service cannot take any. @returns gives them back */
async function hoard(rig: Rig): Promise<() => Promise<void>> {
  await rig.toPostgres.become('refuse');
  await eventually(async () => (await sessionsOfTheService(rig)) === 0, { what: 'all sessions ended' });
  const clients: Client[] = [];
  for (;;) {
    const client = await connected(rig.databaseUrl);
    if (client === undefined) break;
    clients.push(client);
  }
  await rig.toPostgres.become('pass');
  return async () => {
    for (const client of clients) await client.end();
  };
}

async function sessionsOfTheService(rig: Rig): Promise<number> {
  const rows = await rig.sql(
    `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return rows.length;
}

async function connected(connectionString: string): Promise<Client | undefined> {
  const client = new Client({ connectionString, application_name: 'saboteur' });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client,
    () => undefined,
  );
}

/** A session that holds locks until it is told otherwise. */
async function hold(rig: Rig, ...statements: string[]): Promise<Client> {
  const client = await rig.connect();
  await client.query('begin');
  for (const statement of statements) await client.query(statement);
  return client;
}

/** Kills every session again and again, as a bad operator or a failover does, for so many answers. */
async function killSessions(rig: Rig, ledger: Ledger): Promise<void> {
  const goal = ledger.entries.length + 24;
  await eventually(
    async () => {
      await endSessionsOfTheService(rig);
      return ledger.entries.length >= goal;
    },
    { within: 40_000, what: '24 answers' },
  );
}

/**
 * Locks in the order that the service never takes: codes first, then users. The service's patience with a
 * deadlock is shorter, so it is the one that PostgreSQL sends away.
 */
async function deadlock(rig: Rig, ledger: Ledger): Promise<void> {
  await rig.sql(`alter database ${new URL(rig.databaseUrl).pathname.slice(1)} set deadlock_timeout = '20ms'`);
  await endSessionsOfTheService(rig);
  await ledger.registered(1);
  const before = await deadlocks(rig);
  await eventually(
    async () => {
      const saboteur = await hold(
        rig,
        `set local deadlock_timeout = '10s'`,
        'lock table activation_codes in share mode',
      );
      const waiting = eventually(() => someoneWaits(rig), { within: 5_000 });
      await waiting.then(
        () => saboteur.query('lock table users in share mode'),
        () => undefined,
      );
      await saboteur.query('rollback');
      return (await deadlocks(rig)) > before;
    },
    { within: 40_000, what: 'a deadlock' },
  );
}

async function someoneWaits(rig: Rig): Promise<boolean> {
  const rows = await rig.sql(
    `select from pg_locks where not granted and relation = 'activation_codes'::regclass`,
  );
  return rows.length > 0;
}

async function deadlocks(rig: Rig): Promise<number> {
  const [row] = await rig.sql<{ deadlocks: string }>(
    `select deadlocks from pg_stat_database where datname = current_database()`,
  );
  return Number(row!.deadlocks);
}

/** How each rig is mended. */
const mend = new WeakMap<Rig, () => Promise<unknown>>();

const faults: Fault[] = [
  {
    id: 'F-P6',
    title: 'somebody else has every connection',
    ownPostgres: true,
    inject: async (rig) => mend.set(rig, await hoard(rig)),
    meanwhile: sendsPeopleAway,
    heal: (rig) => mend.get(rig)!(),
  },
  {
    id: 'F-P8',
    title: 'PostgreSQL has become a standby and reads only',
    inject: async (rig) => {
      const name = new URL(rig.databaseUrl).pathname.slice(1);
      await rig.sql(`alter database ${name} set default_transaction_read_only = on`);
      await endSessionsOfTheService(rig);
    },
    meanwhile: sendsPeopleAway,
    heal: async (rig) => {
      const name = new URL(rig.databaseUrl).pathname.slice(1);
      await rig.withClient(async (client) => {
        await client.query('set default_transaction_read_only = off');
        await client.query(`alter database ${name} reset default_transaction_read_only`);
      });
    },
  },
  {
    id: 'F-P10',
    title: 'somebody locks the table of users',
    inject: async (rig) => {
      const locker = await hold(rig, 'lock table users in access exclusive mode');
      mend.set(rig, () => locker.query('rollback'));
    },
    meanwhile: sendsPeopleAway,
    heal: (rig) => mend.get(rig)!(),
    longest: 8_000,
  },
  {
    id: 'F-P11',
    title: 'somebody kills every session again and again',
    roles: ['api', 'worker'],
    inject: killSessions,
    // Killed between the message and the note that it was sent: the note is written when there is a session again.
    ambiguous: 0,
  },
  {
    id: 'F-P12',
    title: 'a deadlock',
    inject: deadlock,
    answers: 4,
  },
  {
    id: 'F-P13',
    title: 'two replicas bring the database up to date at once',
    migratesTwice: true,
    roles: ['all', 'all'],
    inject: async (rig) => {
      const files = readdirSync(join(import.meta.dirname, '../../migrations'));
      const applied = await rig.sql('select name from migrations');
      expect(applied).toHaveLength(files.filter((file) => file.endsWith('.sql')).length);
    },
    answers: 4,
  },
];

describeFaults('while PostgreSQL refuses', faults);
