/** @type {Array<() => Promise<void>>} */
const ends = [];
let endingSince = 0;

/**
 * Remembers how to end a thing that was started.
 * @param {() => Promise<void>} stop
 */
export function atEnd(stop) {
  ends.push(stop);
}

/**
 * Ends everything, what was started last first, and then this process.
 * @param {number} code
 */
async function end(code) {
  if (endingSince > 0) {
    // npm hands on a Ctrl-C that the terminal gave us too: only a later one is impatience.
    if (performance.now() - endingSince > 1_000) process.exit(1);
    return;
  }
  endingSince = performance.now();
  for (const stop of ends.toReversed()) {
    await stop().catch((/** @type {unknown} */ error) => console.error(error));
  }
  process.exit(code);
}

/**
 * Ends everything because of a fault, with exit code 1. Harmless while everything is being ended anyway.
 * @param {unknown} error
 */
export function fail(error) {
  if (endingSince > 0) return;
  console.error(`npm run dev: ${error instanceof Error ? error.message : String(error)}`);
  void end(1);
}

function endInOrder() {
  if (endingSince === 0) console.log('\nEnding the API, the inbox and the database.');
  void end(0);
}

/**
 * Ctrl-C, a service manager's stop and a closed terminal end everything, with exit code 0.
 */
export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endInOrder);
  // npm passes a SIGTERM to the shell between us, which dies of it and tells nobody.
  const parent = process.ppid;
  const orphaned = () => process.ppid !== parent && endInOrder();
  if (process.env.npm_lifecycle_event !== undefined) setInterval(orphaned, 300).unref();
}
