// Ctrl-C and a stop end this process by its exit, and dev/child.mjs then ends every process it started.

export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
}
