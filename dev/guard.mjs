import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

// `read` returns when the other end of its standard input closes, and that happens however we die, even by SIGKILL.
const SCRIPT = `
trap '' INT TERM HUP
read -r _
kill -s "$2" "$1" 2>/dev/null
[ -n "$3" ] || exit 0
n=0
while kill -0 "$1" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
rm -rf -- "$3"
`;

/**
 * A small shell that signals a process as soon as this one is gone, and clears away its folder.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 * @param {string} [throwAway] a folder to remove afterwards
 * @returns {() => void} release: the process ended, there is nothing to guard any more
 */
export function guard(pid, signal, throwAway = '') {
  if (process.platform === 'win32') return () => undefined;
  const shell = spawn('sh', ['-c', SCRIPT, 'guard', String(pid), signal.replace('SIG', ''), throwAway], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.once('error', () => undefined);
  shell.unref();
  shell.stdin.once('error', () => undefined);
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return () => {
    // Killed before its input closes, so that it never signals a pid that another process has been given since.
    shell.kill('SIGKILL');
  };
}
