import { setTimeout as delay } from 'node:timers/promises';
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import {
  type BeforeApplicationShutdown,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Job } from 'bullmq';
import { waitAtMost } from '../common/in-time.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { Config } from '../config/config.js';
import { MailDelivery, RetryLater, SmtpUnreachable, reasonOf } from './mail-delivery.js';
import { MAIL_QUEUE, type MailJob } from './mail-queue.js';
import { Mailer, type SmtpError } from './mailer.js';
import { LONGEST_WAIT_SECONDS } from './queue-connection.js';

/** How often the SMTP server is looked at while no mail shows that it is there: health tells of it, milliseconds. */
const LOOK_INTERVAL_MS = 30_000;

/**
 * How often a server that is away is asked whether it is back, milliseconds; one that refuses our password more seldom,
 * because some lock an account that tries too often.
 */
const KNOCK_INTERVAL_MS = 3_000;
const SIGN_IN_INTERVAL_MS = 30_000;

/**
 * What is left of the grace for everything else that has to end, if none of it answers, milliseconds; of a short grace
 * the half.
 */
const RESERVE_MS = 8_000;

/** The part of it in which mails are given back. */
const GIVE_BACK_SHARE = 1 / 4;

/**
 * The worker end of the mail queue. While the SMTP server is away it takes no jobs and knocks once every few
 * seconds, so that an outage costs neither connections nor tries, and ends for every mail at once.
 */
@Processor(MAIL_QUEUE, {
  autorun: false,
  lockDuration: 15_000,
  stalledInterval: 5_000,
  // BullMQ gives up on a job whose worker died twice, whatever its attempts; the outbox does not.
  maxStalledCount: 100,
  runRetryDelay: 1_000,
  drainDelay: LONGEST_WAIT_SECONDS,
  settings: { backoffStrategy: (_attempts, _type, error) => retryMilliseconds(error) },
})
export class MailProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  private readonly logger = new Logger('Mail');
  private readonly stopping = new AbortController();
  private outage: Promise<void> | undefined;
  private ended: Promise<void> | undefined;
  private readonly report = (error: unknown) => this.logger.error(error);
  private readonly look = new PeriodicTask(() => this.lookAtServer(), LOOK_INTERVAL_MS, this.report);

  constructor(
    private readonly config: Config,
    private readonly delivery: MailDelivery,
    private readonly mailer: Mailer,
  ) {
    super();
  }

  /** False while the SMTP server is known to be away. */
  get smtpIsReachable(): boolean {
    return this.outage === undefined;
  }

  /** Not sooner: a job that is taken before every composer is registered would be a dead letter. */
  onApplicationBootstrap(): void {
    this.worker.concurrency = this.config.mail.connections;
    this.worker.run().catch(this.report);
    this.look.start();
  }

  async process(job: Job<MailJob>): Promise<string> {
    try {
      return await this.delivery.deliver(job.data.mailId, this.stopping.signal);
    } catch (error) {
      if (error instanceof SmtpUnreachable)
        this.outage ??= this.pauseUntilReachable(error.cause as SmtpError);
      throw error;
    }
  }

  @OnWorkerEvent('stalled')
  onStalled(jobId: string): void {
    this.logger.warn(`job ${jobId} lost its worker and is taken again`);
  }

  /** Takes no more mails. The first of Nest's hooks: the time runs from the signal, while HTTP is drained. */
  onModuleDestroy(): void {
    this.ended = this.end(this.worker.close()).catch(this.report);
  }

  /** The mails at hand are finished or given back before the pools close. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.ended;
  }

  /** Waits for the mails at hand, and has them given back when the time is up. */
  private async end(closed: Promise<void>): Promise<void> {
    const graceMs = this.config.shutdownGraceSeconds * 1_000;
    const reserveMs = Math.min(RESERVE_MS, graceMs / 2);
    await waitAtMost(graceMs - reserveMs, closed);
    this.stopping.abort();
    await this.look.stop();
    await waitAtMost(reserveMs * GIVE_BACK_SHARE, closed);
  }

  private async lookAtServer(): Promise<void> {
    if (this.outage !== undefined || this.mailer.hasSentWithin(LOOK_INTERVAL_MS)) return;
    const fault = await this.mailer.findFault(this.stopping.signal);
    if (fault !== undefined && !this.stopping.signal.aborted) this.outage ??= this.pauseUntilReachable(fault);
  }

  private async pauseUntilReachable(found: SmtpError): Promise<void> {
    this.logger.error({ event: 'smtp.unreachable', reason: reasonOf(found) });
    await this.worker.pause(true);
    const { signal } = this.stopping;
    let fault: SmtpError | undefined = found;
    while (fault !== undefined) {
      const pause = fault.code === 'EAUTH' ? SIGN_IN_INTERVAL_MS : KNOCK_INTERVAL_MS;
      await delay(pause, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      fault = await this.mailer.findFault(signal);
    }
    this.outage = undefined;
    await this.worker.resume();
    this.logger.log({ event: 'smtp.reachable' });
  }
}

/** Whole ones: BullMQ's PostgreSQL backend refuses a fraction, and the job then waits until it counts as stalled. */
function retryMilliseconds(error: Error | undefined): number {
  return Math.round(1_000 * (error instanceof RetryLater ? error.delaySeconds : 1));
}
