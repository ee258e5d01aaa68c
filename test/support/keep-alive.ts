import { Agent as HttpAgent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** A request that a client repeats. */
export interface Asking {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** JSON. */
  body?: object;
}

/** Longer than any answer may take. */
export const PATIENCE_MS = 12_000;

/**
 * Connections that are kept and used again.
 *
 * @param ca whom to trust; plain HTTP without it
 */
export function newAgent(ca?: string, maxSockets = 1): HttpAgent {
  const options = { keepAlive: true, maxSockets };
  return ca === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ca });
}

/**
 * One request on a connection of the agent; never tried again, not even where that would be allowed.
 *
 * @throws what the connection suffered, as ECONNRESET
 */
export async function askOn(
  agent: HttpAgent,
  { url, method = 'GET', headers = {}, body }: Asking,
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const length = sent === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) };
  const type = { 'content-type': 'application/json' };
  const start = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asking = start(url, { agent, method, signal, headers: { ...type, ...length, ...headers } });
    asking.once('error', reject).once('response', (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      text(response).then((read) => resolve({ status, headers: answered, text: read }), reject);
    });
    asking.end(sent);
  });
}

/** A client that holds on to its one connection, as browsers and SDKs do, and remembers how each request ended. */
export class HoldingClient {
  /** "200", "401", or what the connection suffered, as "ECONNRESET"; and how often. */
  readonly outcomes = new Map<string, number>();
  /** How often it was told that the connection ends with an answer. */
  farewells = 0;
  private readonly agent: HttpAgent;
  private running: Promise<void> | undefined;
  private stopped = false;

  /** @param pauseMs from an answer to the next request, at most */
  constructor(
    private readonly asking: Asking,
    private readonly pauseMs: number,
    ca?: string,
  ) {
    this.agent = newAgent(ca);
  }

  start(): this {
    this.running = this.run();
    return this;
  }

  /** Waits for the answer at hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const outcome = await this.ask();
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
      await delay(Math.random() * this.pauseMs);
    }
  }

  private async ask(): Promise<string> {
    try {
      const { status, headers } = await askOn(this.agent, this.asking);
      if (headers.connection === 'close') this.farewells += 1;
      return String(status);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    }
  }
}

/** How the requests of all of them ended, and how often. */
export function outcomesOf(clients: HoldingClient[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { outcomes } of clients) {
    for (const [outcome, count] of outcomes) sum[outcome] = (sum[outcome] ?? 0) + count;
  }
  return sum;
}
