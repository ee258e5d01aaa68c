import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Identity } from './certificates.js';
import { ChaosProxy } from './chaos-proxy.js';
import { createDatabase, createEmptyDatabase } from './databases.js';
import { OwnPostgres } from './own-postgres.js';
import { OwnRedis } from './own-redis.js';
import { type ServiceProcess, answering, startProcess } from './process.js';
import { type ScriptedSmtp, startSmtp } from './smtp.js';

export type Role = 'all' | 'api' | 'worker';
export type QueueBackend = 'postgres' | 'redis';

/** What a case needs. */
export interface RigPlan {
  backend: QueueBackend;
  /** One process each; one that does everything unless given. */
  roles?: Role[];
  variables?: NodeJS.ProcessEnv;
  /** A PostgreSQL of its own, to be crashed, frozen and restarted; else a database in the one of the run. */
  ownPostgres?: boolean;
  /** Redis writes an append-only file. */
  redisKeeps?: boolean;
  /** Away when the processes start. */
  away?: 'postgres' | 'redis';
  /** Leads to the SMTP server on that port; without a user, at 127.0.0.1, unless given. */
  smtpUrl?: (port: number) => string;
  /** The SMTP server speaks TLS, as that one. */
  smtpIdentity?: Identity;
  /** The database is empty, and two replicas bring it up to date at once. */
  migratesTwice?: boolean;
}

/** A process of the service, and what the test has done to it. */
export interface Replica extends ServiceProcess {
  role: Role;
  /** Whether requests are sent to it. */
  inRotation: boolean;
  /** The test ended it, or asked it to end. */
  condemned: boolean;
  /** It may leave requests without an answer. */
  killed: boolean;
}

/** Real processes of the service, with a network of the test's choice before everything they depend on. */
export class Rig {
  readonly replicas: Replica[] = [];
  smtp: ScriptedSmtp;
  /** Only with `ownPostgres`. */
  postgresServer: OwnPostgres | undefined;
  /** Only with the backend `redis`. */
  redisServer: OwnRedis | undefined;
  /** The network before each. */
  toSmtp: ChaosProxy;
  toPostgres: ChaosProxy;
  toRedis: ChaosProxy | undefined;
  /** Straight to the database, whatever the network is like. */
  databaseUrl: string;
  private session: Promise<Client> | undefined;
  private readonly stops: Array<() => Promise<unknown>> = [];

  private constructor(readonly plan: RigPlan) {}

  /** Starts everything and waits until each process is ready, or live when something it needs is away. */
  static async start(plan: RigPlan): Promise<Rig> {
    const rig = new Rig(plan);
    try {
      await rig.startDependencies();
      const path = plan.away === 'postgres' ? '/health/live' : '/health/ready';
      const starts = (plan.roles ?? ['all']).map((role) => rig.startReplica(role));
      await Promise.all((await Promise.all(starts)).map((replica) => answering(replica, path, 60_000)));
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  /** Another process of the service; does not wait for it. */
  async startReplica(role: Role = 'all', variables: NodeJS.ProcessEnv = {}): Promise<Replica> {
    const process = await startProcess({ ...this.variables, ...variables, ROLE: role });
    this.stops.push(() => process.stop());
    const replica = { ...process, role, inRotation: role !== 'worker', condemned: false, killed: false };
    this.replicas.push(replica);
    return replica;
  }

  /** Those that requests are sent to. */
  get apis(): Replica[] {
    return this.replicas.filter(({ inRotation }) => inRotation);
  }

  /** Those that send mail, as far as the test has not ended them. */
  get workers(): Replica[] {
    return this.replicas.filter(({ role, condemned }) => role !== 'api' && !condemned);
  }

  /** Without warning. */
  async kill(replica: Replica): Promise<void> {
    Object.assign(replica, { inRotation: false, condemned: true, killed: true });
    replica.kill('SIGKILL');
    await replica.ended;
  }

  /** One statement, on a session that is kept, and replaced when a fault has ended it. */
  async sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const kept = this.session;
    this.session ??= this.connect();
    try {
      return (await (await this.session).query<Row>(text, values)).rows;
    } catch (error) {
      this.session = undefined;
      if (kept === undefined) throw error;
      return this.sql(text, values);
    }
  }

  /** A connection that a test needs for longer, as a session that holds locks. */
  async withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** The same, until the rig stops. */
  async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.databaseUrl,
      connectionTimeoutMillis: 5_000,
      query_timeout: 30_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    this.stops.push(() => client.end().catch(() => undefined));
    return client;
  }

  /** Ends everything, last first; also what could not be started completely. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0).toReversed()) await stop();
  }

  private get smtpUrl(): string {
    return this.plan.smtpUrl?.(this.toSmtp.port) ?? this.toSmtp.before(this.smtp.url);
  }

  /** Settings that lead every process through the proxies. Limits are on, so that they take part. */
  private get variables(): NodeJS.ProcessEnv {
    return {
      DATABASE_URL: this.toPostgres.before(this.databaseUrl),
      SMTP_URL: this.smtpUrl,
      ...(this.redisServer === undefined ? {} : { REDIS_URL: this.toRedis!.before(this.redisServer.url) }),
      RATE_LIMIT_ENABLED: 'true',
      TRUST_PROXY: '1',
      ...this.plan.variables,
    };
  }

  private async startDependencies(): Promise<void> {
    this.smtp = this.keep(await startSmtp('ok', this.plan.smtpIdentity));
    this.toSmtp = this.keep(await ChaosProxy.start(this.smtp.port));
    await this.startDatabase();
    this.toPostgres = this.keep(await ChaosProxy.start(Number(new URL(this.databaseUrl).port)));
    if (this.plan.away === 'postgres') await this.toPostgres.become('refuse');
    if (this.plan.backend === 'postgres') return;
    this.redisServer = this.keep(await OwnRedis.start(this.plan.redisKeeps ? this.newFolder() : undefined));
    this.toRedis = this.keep(await ChaosProxy.start(this.redisServer.port));
    if (this.plan.away === 'redis') await this.toRedis.become('refuse');
  }

  private async startDatabase(): Promise<void> {
    if (this.plan.ownPostgres === true) {
      this.postgresServer = this.keep(await OwnPostgres.start());
      this.databaseUrl = this.postgresServer.url;
      return;
    }
    const database = await (this.plan.migratesTwice ? createEmptyDatabase() : createDatabase());
    this.stops.push(() => database.drop());
    this.databaseUrl = database.url;
    if (this.plan.migratesTwice === true) await this.migrateTwice();
  }

  private async migrateTwice(): Promise<void> {
    const variables = { DATABASE_URL: this.databaseUrl };
    const runs = [await startProcess(variables, 'migrate.js'), await startProcess(variables, 'migrate.js')];
    for (const run of runs) this.keep(run);
    for (const run of runs) if ((await run.ended) !== 'code 0') throw new Error(run.output());
  }

  private keep<T extends { stop(): Promise<unknown> }>(started: T): T {
    this.stops.push(() => started.stop());
    return started;
  }

  private newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'registration-api-redis-'));
    this.stops.push(async () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }
}
