import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** From a health check to bcrypt at cost 15 behind a full queue, seconds. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** From an instant mail to one that waited out a night, seconds. */
const journeyBuckets = [1, 5, 15, 30, 60, 120, 300, 600, 3_600, 86_400];

/**
 * What the service counts, in a registry of its own, so that several applications fit into one process.
 * Labels are few and closed; no address, id or path of a client is one.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly requestSeconds = this.histogram(
    'http_request_duration_seconds',
    'Time to the answer, or until there was none to give (status 499)',
    requestBuckets,
    ['method', 'route', 'status'],
  );
  readonly registrations = this.counter('registrations_total', 'Registrations', ['accepted', 'taken']);
  readonly activations = this.counter('activations_total', 'Tries to activate', [
    'succeeded',
    'wrong_code',
    'refused',
  ]);
  readonly activationSeconds = this.histogram(
    'activation_seconds',
    'From the registration to its activation',
    journeyBuckets,
  );
  readonly mails = this.counter('mails_total', 'What became of a try at a mail', [
    'sent',
    'obsolete',
    'dead',
    'retry',
  ]);
  readonly mailSeconds = this.histogram('mail_seconds', 'From owing a mail to sending it', journeyBuckets);
  readonly hashEngine = new Gauge({
    name: 'hash_engine_info',
    help: 'What computes bcrypt',
    labelNames: ['engine'],
    registers: [this.registry],
  });
  readonly hashSeconds = this.histogram(
    'hash_seconds',
    'A password hash, the wait for a thread included',
    requestBuckets,
  );
  readonly rateLimited = new Counter({
    name: 'rate_limited_total',
    help: 'Requests refused by a limit',
    labelNames: ['limit'],
    registers: [this.registry],
  });
  readonly connectionsDropped = new Counter({
    name: 'http_connections_dropped_total',
    help: 'Connections that were hung up on because too many were open',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A value that is read when somebody looks. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [],
      collect: async () => gauge.set(await read()),
    });
    this.registry.registerMetric(gauge);
  }

  /** Every result is there from the start, at 0: what first appears at 1 is no increase to Prometheus. */
  private counter(name: string, help: string, results: string[]): Counter<'result'> {
    const counter = new Counter({ name, help, labelNames: ['result'], registers: [this.registry] });
    for (const result of results) counter.inc({ result }, 0);
    return counter;
  }

  private histogram(name: string, help: string, buckets: number[], labelNames: string[] = []): Histogram {
    return new Histogram({ name, help, buckets, labelNames, registers: [this.registry] });
  }
}
