import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  context,
  propagation,
  trace,
} from '@opentelemetry/api';

/**
 * Does a part of the work at hand as a span of its trace. Work that belongs to no trace, as a round of the relay, begins
 * none.
 */
export async function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return trace.getActiveSpan() === undefined ? work() : run(name, options, context.active(), work);
}

/**
 * Does work as a span that goes on with a trace from elsewhere, or that begins one.
 *
 * @param origin as `traceParent` gives it (W3C Trace Context); anything else counts as none
 */
export function continueTrace<T>(
  origin: string | null | undefined,
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  // Not `tracestate`, which is whatever a client likes, and would be exported.
  const parent = propagation.extract(ROOT_CONTEXT, { traceparent: origin ?? undefined });
  return run(name, options, parent, work);
}

/** Where the trace at hand can be gone on with. @returns null outside of every trace */
export function traceParent(): string | null {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

/** Leads from a line of the log to its trace. */
export function traceFields(): { trace_id?: string } {
  const span = trace.getActiveSpan();
  return span === undefined ? {} : { trace_id: span.spanContext().traceId };
}

/** Says more about the span at hand: closed words and numbers, never what somebody else wrote. */
export function describeSpan(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/**
 * The span at hand tells that its work failed.
 *
 * @param type a closed word, as `errorType` gives it
 */
export function failSpan(type: string): void {
  trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', type);
}

/**
 * The code of an error, or of what caused it, or the name of its class. Never the message: an SMTP server quotes the
 * recipient there, a database the values.
 */
export function errorType(error: unknown): string {
  const { code, cause, constructor } = Object(error) as {
    code?: unknown;
    cause?: unknown;
    constructor: Function;
  };
  if (typeof code === 'string' && /^\w{1,40}$/.test(code)) return code;
  return cause === undefined ? constructor.name : errorType(cause);
}

function run<T>(
  name: string,
  options: SpanOptions,
  parent: Context,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = trace.getTracer('registration-api').startSpan(name, options, parent);
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(errorType(error));
      throw error;
    } finally {
      span.end();
    }
  });
}
