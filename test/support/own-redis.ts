import { freePort } from '../../dev/ports.mjs';
import { startRedis } from '../../dev/redis.mjs';

/** A Redis of a test's own, to be killed, frozen and started again on its port. */
export class OwnRedis {
  private server: Awaited<ReturnType<typeof startRedis>> | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string | undefined,
  ) {}

  /**
   * Chooses a port; nothing listens there before `start`.
   *
   * @param directory where it keeps an append-only file; it keeps nothing without one
   */
  static async prepare(directory?: string): Promise<OwnRedis> {
    return new OwnRedis(await freePort(), directory);
  }

  static async start(directory?: string): Promise<OwnRedis> {
    const redis = await OwnRedis.prepare(directory);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty unless it has a directory. */
  async start(settings: string[] = []): Promise<void> {
    const { port, directory } = this;
    this.server = await startRedis({ port, settings, ...(directory === undefined ? {} : { directory }) });
  }

  /** Without mercy. Its port is free when this returns: freeing much memory takes a process a moment. */
  async kill(): Promise<void> {
    const { server } = this;
    this.signal('SIGKILL');
    this.server = undefined;
    await server?.stop();
  }

  /** Connections stay open, nothing answers. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.server?.stop();
    this.server = undefined;
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.server !== undefined) process.kill(this.server.pid, signal);
  }
}
