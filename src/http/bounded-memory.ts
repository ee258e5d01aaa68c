import { RateLimiterMemory } from 'rate-limiter-flexible';

/** How many clients, or accounts, one window of a limit remembers: some 700 octets each. */
const MOST_KEYS = 20_000;

/** Counts in this process. Whoever was not counted for longest is forgotten: somebody may have any number of addresses. */
export class BoundedMemory extends RateLimiterMemory {
  private readonly keys = new Set<string>();

  override async penalty(key: string): ReturnType<RateLimiterMemory['penalty']> {
    this.keys.delete(key);
    this.keys.add(key);
    const [oldest] = this.keys;
    if (this.keys.size > MOST_KEYS) {
      this.keys.delete(oldest!);
      await this.delete(oldest!);
    }
    return super.penalty(key);
  }
}
