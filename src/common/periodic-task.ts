import { setTimeout as delay } from 'node:timers/promises';
import { waitAtMost } from './in-time.js';

/** How long the end of the process may wait for a round, milliseconds. */
const STOP_DEADLINE_MS = 1_000;

/** Work that is done again and again in the background of a process, one round at a time. */
export class PeriodicTask {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  /**
   * @param everyMs pause between the end of a round and the next
   * @param onError told when a round fails; the next one comes all the same
   */
  constructor(
    private readonly round: () => Promise<void>,
    private readonly everyMs: number,
    private readonly onError: (error: Error) => void,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the round at hand has ended; a round that hangs is left to itself. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.running !== undefined) await waitAtMost(STOP_DEADLINE_MS, this.running);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.round().catch(this.onError);
      await delay(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
