import { AsyncResource } from 'node:async_hooks';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { TemporarilyUnavailable } from '../common/domain-error.js';
import { waitAtMost } from '../common/in-time.js';
import { Config } from '../config/config.js';
import { run, runPrepared, traced } from './statement.js';

/** Something that runs one statement: the pool, or the transaction that a repository takes part in. */
export interface Queryable {
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** Marks a repository method that must run inside a transaction. */
export interface Transaction extends Queryable {
  readonly transaction: true;
}

/**
 * Every limit is set, because pg's default for each of them is to wait for ever. The server's own
 * (statement, lock) are shorter than the client's, so that the normal end is an answer and not a broken connection.
 */
const limits = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 3_000,
  statement_timeout: 2_500,
  lock_timeout: 1_500,
  idle_in_transaction_session_timeout: 5_000,
  idleTimeoutMillis: 30_000,
  maxLifetimeSeconds: 1_800,
  keepAlive: true,
};

/** The pool, and the only door to PostgreSQL. Faults of the database leave here as TemporarilyUnavailable. */
@Injectable()
export class Database implements Queryable, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly pool: Pool;

  constructor(config: Config) {
    this.pool = new Pool({
      connectionString: config.database.url,
      max: config.database.poolMax,
      application_name: 'registration-api',
      // Statements of a transaction that do not wait for each other's answers travel together.
      pipeline: true,
      ...limits,
    });
    // An idle client that loses its connection reports to the pool, a checked-out one only to itself:
    // without both listeners a restart of PostgreSQL ends this process (node-postgres #2439, #3202).
    this.pool.on('error', () => undefined);
    // Nobody's fault: a connection was opened for some request, and is lost at any time after it.
    const report = AsyncResource.bind((error: Error) =>
      this.logger.warn(`connection lost: ${error.message}`),
    );
    this.pool.on('connect', (client) => client.on('error', report));
  }

  /** @throws TemporarilyUnavailable */
  query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return runPrepared<Row>(this.pool, text, values);
  }

  /**
   * The same, planned anew for its values each time: for lists, whose filters are there or not.
   *
   * @throws TemporarilyUnavailable
   */
  search<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return run<Row>(this.pool, text, values);
  }

  /**
   * Runs `work` in one transaction and commits when it returns. Keep it to statements: nothing that waits for
   * anything else may be inside. Statements that are started together take one round trip.
   *
   * @throws TemporarilyUnavailable (when that comes from the commit, the outcome is unknown), and what `work` throws
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.inSession(async ({ client, say, transaction, end }) => {
      // Sent with the first statements of the work: nothing happens between them.
      const [, result] = await inOneWrite(client, () => Promise.all([say('begin'), work(transaction)]));
      end();
      await say('commit');
      return result;
    });
  }

  /**
   * The same for statements of which none waits for another's answer: they are all started at once, and take one round
   * trip with their `begin` and `commit`. So it commits whatever they find, unless one of them fails.
   *
   * @throws TemporarilyUnavailable (the outcome may be unknown)
   */
  batch<T>(statements: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.inSession(async ({ client, say, transaction, end }) => {
      const [, result] = await inOneWrite(client, () => {
        const started = [say('begin'), statements(transaction)] as const;
        end();
        return Promise.all([...started, say('commit')]);
      });
      return result;
    });
  }

  private async inSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const client = await traced('connect', {}, () => this.pool.connect());
    const session = sessionOf(client);
    let reusable = true;
    try {
      return await use(session);
    } catch (error) {
      session.end();
      // After a lost connection or a deadline the client may be half-way through a reply: it is thrown away
      // (node-postgres #3399), and the server rolls back.
      reusable = !(error instanceof TemporarilyUnavailable) && (await rollBack(session.say));
      throw error;
    } finally {
      client.release(!reusable);
    }
  }

  /** How busy the pool is. */
  get load(): { connections: number; waiting: number } {
    return { connections: this.pool.totalCount, waiting: this.pool.waitingCount };
  }

  /** Never throws and never waits longer. */
  async answersWithin(milliseconds: number): Promise<boolean> {
    const answer = this.query('select 1').then(
      () => true,
      () => false,
    );
    return (await waitAtMost(milliseconds, answer)) === true;
  }

  async onApplicationShutdown(): Promise<void> {
    // A server that does not answer would be waited for in vain.
    await waitAtMost(1_000, this.pool.end());
  }
}

/** A connection while one transaction has it. */
interface Session {
  client: PoolClient;
  say: Queryable['query'];
  /** Says the same, until `end`. */
  transaction: Transaction;
  end: () => void;
}

function sessionOf(client: PoolClient): Session {
  let over = false;
  const say: Queryable['query'] = (text, values) => runPrepared(client, text, values);
  const query: Queryable['query'] = async (text, values) => {
    // Of statements that were started together one may fail while another goes on.
    if (over) throw new Error("the transaction is over, and its connection somebody else's");
    return say(text, values);
  };
  return { client, say, transaction: { transaction: true, query }, end: () => (over = true) };
}

/** What `start` sends before it first waits leaves in one write: pg makes one of each statement. */
function inOneWrite<T>({ connection: { stream } }: PoolClient, start: () => T): T {
  stream.cork();
  try {
    return start();
  } finally {
    stream.uncork();
  }
}

/** A rollback that fails must not hide the first error (node-postgres #154). */
function rollBack(say: Queryable['query']): Promise<boolean> {
  return say('rollback').then(
    () => true,
    () => false,
  );
}
