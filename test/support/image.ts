import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const repository = resolve(import.meta.dirname, '../..');

/** What the Dockerfile says about its last stage. */
const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8').split('\n');

/** The user that the image runs as. */
const [uid, gid] = lineOf('USER ').split(':').map(Number) as [number, number];
export const imageUser = { uid, gid };

/** The words of its CMD, and of the command of its HEALTHCHECK. */
export const imageCommand = JSON.parse(lineOf('CMD ')) as string[];
export const healthCheck = JSON.parse(lineOf('  CMD ')) as string[];

function lineOf(start: string): string {
  return dockerfile.findLast((line) => line.startsWith(start))!.slice(start.length);
}

/**
 * A folder with what the image has in /app, made with the Dockerfile's own steps; nobody may write in it.
 * `dist` must be there.
 */
export async function layOutImage(): Promise<{ folder: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'registration-api-image-'));
  const stop = async () => {
    await run('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const parts = ['package.json', 'package-lock.json', '.npmrc', 'node_modules', 'dist', 'migrations'];
    for (const part of parts) await run('cp', ['-R', join(repository, part), join(folder, part)]);
    await run('npm', ['prune', '--omit=dev', '--ignore-scripts'], { cwd: folder });
    await run('chmod', ['-R', 'a+rX,a-w', folder]);
    return { folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
