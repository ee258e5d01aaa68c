import { freePort } from '../../dev/ports.mjs';
import { startRedis } from '../../dev/redis.mjs';

/** A Redis of a test's own that keeps nothing, to be killed, frozen and started again on its port. */
export class OwnRedis {
  private server: Awaited<ReturnType<typeof startRedis>> | undefined;

  private constructor(private readonly port: number) {}

  /** Chooses a port; nothing listens there before `start`. */
  static async prepare(): Promise<OwnRedis> {
    return new OwnRedis(await freePort());
  }

  static async start(): Promise<OwnRedis> {
    const redis = await OwnRedis.prepare();
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty. */
  async start(): Promise<void> {
    this.server = await startRedis({ port: this.port });
  }

  kill(): void {
    this.signal('SIGKILL');
    this.server = undefined;
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
