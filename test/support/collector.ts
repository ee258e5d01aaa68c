import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventually } from './eventually.js';

type Attribute = { key: string; value: Record<string, unknown> };

/** A span as it came over the wire (OTLP as JSON). */
interface WireSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attribute[];
  events: unknown[];
  links: unknown[];
  status: { code?: number };
}

interface WireBatch {
  resourceSpans: Array<{ resource: { attributes: Attribute[] }; scopeSpans: Array<{ spans: WireSpan[] }> }>;
}

/** A span, with its lists as objects. */
export interface CollectedSpan extends Omit<WireSpan, 'attributes'> {
  attributes: Record<string, unknown>;
  /** Of the process that made it. */
  resource: Record<string, unknown>;
}

/** What a span must have, for a test to mean it. */
export type Wanted = Partial<Pick<CollectedSpan, 'name' | 'traceId' | 'attributes'>>;

/** By the numbers that OTLP has for them. */
export const spanKinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
export const FAILED = { code: 2 };

/** An OTLP/HTTP collector on the loopback: takes spans, refuses them, or leaves whoever sends them waiting. */
export class Collector {
  mode: 'take' | 'refuse' | 'silent' = 'take';
  readonly spans: CollectedSpan[] = [];
  /** All that came, as it was written: to look for what must not be there. */
  text = '';
  /** How many batches came. */
  requests = 0;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  /** What a service needs to send its spans here, and soon. */
  get variables(): NodeJS.ProcessEnv {
    const { port } = this.server.address() as AddressInfo;
    return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '50' };
  }

  /** The first span that a test asks for, once it is there. */
  span({ attributes = {}, ...wanted }: Wanted): Promise<CollectedSpan> {
    const fits = (span: CollectedSpan) => holds(span, wanted) && holds(span.attributes, attributes);
    const what = `a span ${JSON.stringify({ ...wanted, attributes })}`;
    return eventually(() => this.spans.find(fits), { within: 20_000, what });
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.requests += 1;
    if (this.mode === 'silent') return;
    if (this.mode === 'refuse' || request.url !== '/v1/traces') return void response.writeHead(400).end();
    this.text += body;
    this.spans.push(...spansOf(JSON.parse(body) as WireBatch));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
}

function holds(whole: object, part: object): boolean {
  const entries = new Map(Object.entries(whole));
  return Object.entries(part).every(([key, value]) => entries.get(key) === value);
}

function spansOf({ resourceSpans }: WireBatch): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: toObject(span.attributes),
        resource: toObject(resource.attributes),
      })),
    ),
  );
}

function toObject(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
