import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { freePort } from '../../dev/ports.mjs';
import { startPostgres } from '../../dev/postgres.mjs';
import { throwAwayPlace } from '../../dev/postgres/places.mjs';
import { migrate } from '../../src/database/migrate.js';
import { migrateQueue } from '../../src/mail/migrate-queue.js';

/** A PostgreSQL server of a test's own, to be stopped, frozen and started again. */
export class OwnPostgres {
  private server: Awaited<ReturnType<typeof startPostgres>> | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  /** Chooses a port and a folder; nothing listens there before `start`. */
  static async prepare(): Promise<OwnPostgres> {
    const { data } = throwAwayPlace();
    chmodSync(dirname(data), 0o755);
    return new OwnPostgres(data, await freePort());
  }

  /** A running server with the service's tables. */
  static async start(): Promise<OwnPostgres> {
    const postgres = await OwnPostgres.prepare();
    await postgres.start();
    await postgres.migrate();
    return postgres;
  }

  get url(): string {
    return `postgresql://postgres:postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Harmless while it runs. */
  async start(): Promise<void> {
    this.server ??= await startPostgres({ directory: this.directory, port: this.port });
  }

  async migrate(): Promise<void> {
    await migrate({ url: this.url, poolMax: 1 }, migrateQueue);
  }

  /** Ends the server as a restart does: connections are cut, what was committed stays. */
  async halt(): Promise<void> {
    this.thaw();
    await this.server?.stop();
    this.server = undefined;
  }

  /** Ends the server as a crash does: nothing is written that was not written yet. */
  async crash(): Promise<void> {
    this.thaw();
    if (this.server === undefined) return;
    process.kill(this.server.pid, 'SIGQUIT');
    await this.server.ended;
    this.server = undefined;
  }

  /** Connections stay open, nothing answers: like a lost network or a stuck disk. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    await this.halt();
    rmSync(dirname(this.directory), { recursive: true, force: true });
  }

  /** To the server and all its children: first the server, so that it makes no more of them. */
  private signal(signal: NodeJS.Signals): void {
    if (this.server === undefined) return;
    process.kill(this.server.pid, signal);
    for (const pid of childrenOf(this.server.pid)) send(pid, signal);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // A session that has ended in the meantime.
  }
}

function childrenOf(parent: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return rows.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}
