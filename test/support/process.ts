import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll } from '@jest/globals';
import { Client } from 'pg';
import { type ChildOptions, startChild } from '../../dev/child.mjs';
import { eachLine } from '../../dev/output.mjs';
import { freePort } from '../../dev/ports.mjs';
import { request } from './client.js';
import { eventually } from './eventually.js';
import { environment } from './service.js';

const repository = resolve(import.meta.dirname, '../..');
const dist = join(repository, 'dist');
const program = join(dist, 'main.js');
const compiler = join(repository, 'node_modules/@nestjs/cli/bin/nest.js');

/** The program itself, as production runs it. */
export interface ServiceProcess {
  url: string;
  pid: number;
  /** Both output streams so far. */
  output(): string;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** How it ended: "code 0", "signal SIGKILL". */
  ended: Promise<string>;
  /** Without mercy: for what a test leaves over. */
  stop(): Promise<void>;
}

/** Starts `node dist/main.js`, or another script of `dist`, on a free port, and does not wait for anything. */
export async function startProcess(
  variables: NodeJS.ProcessEnv,
  script = 'main.js',
): Promise<ServiceProcess> {
  await (built ??= build());
  const env = environment({ LOG_LEVEL: 'info', ...variables });
  return startCommand([process.execPath, join(dist, script)], { env, cwd: join(repository, 'test') });
}

/** The same for any command; of this process's environment it gets the PATH alone. */
export async function startCommand(
  [command, ...words]: string[],
  { env = {}, ...options }: ChildOptions,
): Promise<ServiceProcess> {
  const given = env['PORT'] ?? '0';
  const port = given === '0' ? String(await freePort()) : given;
  const child = await startChild(command!, words, {
    ...options,
    env: { PATH: process.env['PATH'], ...env, PORT: port },
  });
  const lines: string[] = [];
  eachLine(child, (line) => lines.push(line));
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    output: () => lines.join('\n'),
    isRunning: child.isRunning,
    kill: (signal) => void process.kill(child.pid, signal),
    ended: child.ended,
    stop: () => child.stop(0),
  };
}

/** Waits until the process answers 200 there. */
export async function answering(
  service: ServiceProcess,
  path = '/health/ready',
  within = 20_000,
): Promise<void> {
  const ask = async () => {
    if (!service.isRunning()) return 'ended';
    // Not held against the document: for a worker, which serves none, that takes an application in this process.
    return (await request(service.url, 'GET', path, { documented: false })).status === 200 && 'yes';
  };
  const answer = await eventually(ask, { within, what: `200 for ${path}` });
  if (answer === 'ended') throw new Error(`the service ended by itself:\n${service.output()}`);
}

/** Asks the process to end. @returns how it ended and how long that took, milliseconds */
export async function terminate(service: ServiceProcess): Promise<{ ended: string; took: number }> {
  const start = performance.now();
  service.kill('SIGTERM');
  const ended = await service.ended;
  return { ended, took: performance.now() - start };
}

let built: Promise<void> | undefined;

// Before the first test of a file that uses this: compiling takes longer than a test may.
beforeAll(() => (built ??= build()), 120_000);

/** Compiles when `dist` is missing or older than a source; of the test files that run at once, one does. */
async function build(): Promise<void> {
  const lock = new Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock(2)');
    const newest = Math.max(...sources(join(repository, 'src')).map((file) => statSync(file).mtimeMs));
    if (existsSync(program) && statSync(program).mtimeMs >= newest) return;
    execFileSync(process.execPath, [compiler, 'build'], { cwd: repository, stdio: 'pipe' });
  } finally {
    await lock.end();
  }
}

function sources(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
