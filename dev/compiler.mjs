import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './child.mjs';
import { eachLine } from './output.mjs';
import { PROJECT } from './settings.mjs';

const FINISHED = /Found (\d+) errors?\. Watching for file changes\.$/;
const CHATTER = /(Starting compilation in watch mode|File change detected)|^\s*$/;

// Inside dist, so that `npm run build`, which empties dist, takes it away together with what it describes.
const MEMORY = join(PROJECT, 'dist/.tsbuildinfo');

/**
 * A memory of files that somebody deleted would keep them from being written again.
 */
function forgetMissingBuild() {
  const complete = ['main.js', 'migrate.js'].every((file) => existsSync(join(PROJECT, 'dist', file)));
  if (!complete) rmSync(MEMORY, { force: true });
}

/**
 * The TypeScript compiler, watching. It is the build and the watch in one: `nest start --watch` after `nest build` would
 * compile everything twice. A compile with errors writes nothing, so the last good build stays.
 * @param {(faults: number) => void} onCompiled after each compile
 * @returns {Promise<import('./child.mjs').Child>}
 */
export async function startCompiler(onCompiled) {
  forgetMissingBuild();
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const flags = [
    '--watch',
    '--preserveWatchOutput',
    '--noEmitOnError',
    '--incremental',
    '--tsBuildInfoFile',
    MEMORY,
  ];
  const pretty = process.stderr.isTTY ? 'true' : 'false';
  const args = [tsc, '-p', 'tsconfig.build.json', ...flags, '--pretty', pretty];
  const compiler = await startChild(process.execPath, args, { cwd: PROJECT });
  eachLine(compiler, (line) => {
    const finished = FINISHED.exec(line);
    if (finished) onCompiled(Number(finished[1]));
    else if (!CHATTER.test(line)) console.error(line);
  });
  return compiler;
}
