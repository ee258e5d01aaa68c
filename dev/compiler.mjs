import { join } from 'node:path';
import { startChild } from './child.mjs';
import { eachLine } from './output.mjs';
import { PROJECT } from './settings.mjs';

const FINISHED = /Found (\d+) errors?\. Watching for file changes\.$/;
const CHATTER = /(Starting compilation in watch mode|File change detected)|^\s*$/;

/**
 * The TypeScript compiler, watching. It is the build and the watch in one: `nest start --watch` after `nest build` would
 * compile everything twice. A compile with errors writes nothing, so the last good build stays.
 * @param {(faults: number) => void} onCompiled after each compile
 * @returns {Promise<import('./child.mjs').Child>}
 */
export async function startCompiler(onCompiled) {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const flags = [
    '--watch',
    '--preserveWatchOutput',
    '--noEmitOnError',
    '--pretty',
    process.stderr.isTTY ? 'true' : 'false',
  ];
  const compiler = await startChild(process.execPath, [tsc, '-p', 'tsconfig.build.json', ...flags], {
    cwd: PROJECT,
  });
  eachLine(compiler, (line) => {
    const finished = FINISHED.exec(line);
    if (finished) onCompiled(Number(finished[1]));
    else if (!CHATTER.test(line)) console.error(line);
  });
  return compiler;
}
