import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What happens to a connection:
 * `pass` nothing; `refuse` there is no such port, and those that were open are reset; `reset` it is accepted and
 * reset; `blackhole` it stays open and nothing passes any more, and what stood in a blackhole once stays dead, like a
 * connection that a firewall has forgotten; `latency` each octet arrives so much later; `cut` the client never sees
 * more than so many octets of the server's, who has had all of the client's: the reply is lost, the deed is done.
 */
export type Chaos =
  | { mode: 'pass' | 'refuse' | 'reset' | 'blackhole' }
  | { mode: 'latency'; milliseconds: number }
  | { mode: 'cut'; bytes: number };

/** A TCP proxy on the loopback whose network a test chooses, and may change at any moment. */
export class ChaosProxy {
  /** When each connection was asked for, milliseconds since the epoch; those that were refused are not seen. */
  readonly connections: number[] = [];
  port = 0;
  private chaos: Chaos = { mode: 'pass' };
  private server: Server | undefined;
  private readonly pairs = new Set<Pair>();

  private constructor(private readonly target: number) {}

  /** @param target the port of the server behind it */
  static async start(target: number): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target);
    await proxy.listen();
    return proxy;
  }

  /** How many connections are open. */
  get open(): number {
    return this.pairs.size;
  }

  /** The same address with this proxy before it. */
  before(url: string): string {
    const through = new URL(url);
    through.port = String(this.port);
    return through.href;
  }

  /** Changes the network, also of the connections that are open. */
  async become(chaos: Chaos | 'pass' | 'refuse' | 'reset' | 'blackhole'): Promise<void> {
    this.chaos = typeof chaos === 'string' ? { mode: chaos } : chaos;
    const { mode } = this.chaos;
    if (mode === 'refuse') await this.close();
    else await this.listen();
    for (const pair of this.pairs) {
      if (mode === 'reset') pair.reset();
      else if (mode === 'blackhole') pair.dead = true;
      else pair.allowance = mode === 'cut' ? 0 : Infinity;
    }
  }

  /** Cuts every connection, once. */
  resetAll(): void {
    for (const pair of this.pairs) pair.reset();
  }

  async stop(): Promise<void> {
    await this.close();
  }

  private async listen(): Promise<void> {
    if (this.server !== undefined) return;
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async close(): Promise<void> {
    this.resetAll();
    if (this.server === undefined) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server = undefined;
    this.resetAll();
    await closed;
  }

  private accept(client: Socket): void {
    this.connections.push(Date.now());
    const { chaos } = this;
    if (chaos.mode === 'reset' || this.server === undefined) {
      client.on('error', () => undefined);
      reset(client);
      return;
    }
    const pair = new Pair(client, this.target, () => this.chaos);
    pair.dead = chaos.mode === 'blackhole';
    if (chaos.mode === 'cut') pair.allowance = chaos.bytes;
    this.pairs.add(pair);
    pair.onEnd = () => this.pairs.delete(pair);
  }
}

/** One connection through the proxy. */
class Pair {
  /** Nothing passes in either direction any more. */
  dead = false;
  /** How many octets of the server's the client may still see. */
  allowance = Infinity;
  onEnd: () => void = () => undefined;
  private readonly upstream: Socket;

  constructor(
    private readonly client: Socket,
    target: number,
    private readonly chaos: () => Chaos,
  ) {
    this.upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    this.join(client, this.upstream, (chunk) => chunk);
    this.join(this.upstream, client, (chunk) => this.cut(chunk));
  }

  reset(): void {
    reset(this.client);
    reset(this.upstream);
    this.onEnd();
  }

  private join(from: Socket, to: Socket, filter: (chunk: Buffer) => Buffer | undefined): void {
    const later = inOrder(() => latencyOf(this.chaos()));
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      const passed = this.dead ? undefined : filter(chunk);
      if (passed !== undefined) later(() => to.writable && to.write(passed));
    });
    // A dead connection does not even tell one end that the other has gone.
    from.once('end', () => this.dead || later(() => to.end()));
    from.once('error', () => this.dead || this.reset());
    from.once('close', () => this.client.destroyed && this.upstream.destroyed && this.onEnd());
  }

  private cut(chunk: Buffer): Buffer | undefined {
    if (chunk.length <= this.allowance) {
      this.allowance -= chunk.length;
      return chunk;
    }
    this.reset();
    return undefined;
  }
}

/**
 * libuv refuses to reset a socket that is being shut down, and Node then keeps its handle for ever and spins on it
 * when the process exits.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

function latencyOf(chaos: Chaos): number {
  return chaos.mode === 'latency' ? chaos.milliseconds : 0;
}

/** Acts at once, or after the latency of the moment, and never sooner than what was to be done before. */
function inOrder(latency: () => number): (act: () => void) => void {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const milliseconds = latency();
    if (milliseconds === 0 && waiting === 0) return act();
    const due = Date.now() + milliseconds;
    waiting += 1;
    last = afterwards(last, due, () => {
      waiting -= 1;
      act();
    });
  };
}

async function afterwards(before: Promise<unknown>, due: number, act: () => void): Promise<void> {
  await before;
  await delay(Math.max(0, due - Date.now()));
  act();
}
