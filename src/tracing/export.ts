import { Logger } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { waitAtMost } from '../common/in-time.js';
import { errorType } from '../common/tracing.js';

/** How long the end of the process may wait for the collector, milliseconds. */
const FLUSH_DEADLINE_MS = 1_000;

/**
 * Lets the spans that the code makes go to the collector, in batches. OpenTelemetry reads its variables by itself:
 * endpoint, headers, sampler, the name of the service.
 *
 * @returns what ends it, and sends what is left as far as there is time
 */
export function startExport(role: string): () => Promise<void> {
  const ours = resourceFromAttributes({ 'service.name': 'registration-api', role });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(ours)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new CandidExporter())],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return async () => {
    await waitAtMost(FLUSH_DEADLINE_MS, Promise.allSettled([provider.shutdown()]));
    for (const api of [trace, context, propagation]) api.disable();
  };
}

/** Says in the log when the collector does not take spans any more, and when it does again: a line each. */
class CandidExporter extends OTLPTraceExporter {
  private readonly logger = new Logger('Tracing');
  private failing = false;

  override export(...[spans, done]: Parameters<OTLPTraceExporter['export']>): void {
    super.export(spans, (result) => {
      this.report(result.error);
      done(result);
    });
  }

  private report(error: Error | undefined): void {
    if (this.failing === (error !== undefined)) return;
    this.failing = error !== undefined;
    if (error === undefined) this.logger.log('spans are exported again');
    else
      this.logger.warn(
        `spans are lost, the collector does not take them: ${errorType(error)} ${error.message}`,
      );
  }
}
