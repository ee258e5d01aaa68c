import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { TemporarilyUnavailable } from '../common/domain-error.js';
import { Metrics } from '../metrics/metrics.js';
import { requestContext } from '../common/request-context.js';
import { continueTrace, describeSpan, errorType, failSpan, inSpan } from '../common/tracing.js';
import { DeadLetters } from './dead-letters.js';
import { type ComposedOrObsolete, MailKinds } from './mail-kinds.js';
import { Mailer, type SmtpError } from './mailer.js';
import { type OwedMail, OutboxRepository } from './outbox.repository.js';
import { retryDelaySeconds, isTooOld } from './retry-schedule.js';

/** This mail must be tried again; the queue is told when. */
export class RetryLater extends Error {
  constructor(
    readonly delaySeconds: number,
    options: ErrorOptions,
  ) {
    super('the mail will be tried again', options);
  }
}

/** The SMTP server itself is away, or does not let us in: no mail will pass until it is back. */
export class SmtpUnreachable extends RetryLater {}

/** No try will ever succeed: its words cannot be made. */
class Poison extends Error {}

/** What became of a mail; `not-owed`: somebody else has it, or nobody. */
type Outcome = 'sent' | 'obsolete' | 'dead' | 'not-owed';

const UNREACHABLE_RETRY_SECONDS = 3;

const HAND_OVER_SECONDS = 1;

/** One try at one owed mail, from the claim to what became of it. Knows SMTP and the outbox, not the queue. */
@Injectable()
export class MailDelivery {
  private readonly logger = new Logger('Mail');

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly kinds: MailKinds,
    private readonly mailer: Mailer,
    private readonly deadLetters: DeadLetters,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param signal aborts the send when the process has no more time
   * @throws RetryLater, SmtpUnreachable, TemporarilyUnavailable
   */
  async deliver(mailId: string, signal: AbortSignal): Promise<Outcome> {
    const mail = await this.outbox.claim(mailId);
    if (mail === undefined) return 'not-owed';
    // The log of the worker goes on under the id of the request that the mail is owed for, and so does its trace.
    return requestContext.run({ requestId: mail.requestId ?? mail.id }, () =>
      continueTrace(mail.traceParent, 'mail deliver', spanOf(mail), () => this.attempt(mail, signal)),
    );
  }

  private async attempt(mail: OwedMail, signal: AbortSignal): Promise<Outcome> {
    const start = performance.now();
    let reply: string;
    try {
      const composed = await this.compose(mail);
      if (composed === 'obsolete') {
        await this.outbox.markObsolete(mail.id);
        this.count('obsolete');
        return 'obsolete';
      }
      reply = await inSpan('smtp send', { kind: SpanKind.CLIENT }, () =>
        this.mailer.send(mail.id, composed, signal),
      );
    } catch (error) {
      return await this.fail(mail, error, signal);
    }
    await this.retryUntilRecorded(() => this.outbox.markSent(mail.id), signal);
    this.count('sent', Number.parseInt(reply, 10));
    this.metrics.mailSeconds.observe(mail.ageSeconds + (performance.now() - start) / 1_000);
    const { id, kind, attempts } = mail;
    this.logger.log({ event: 'mail.sent', mail_id: id, kind, attempts, smtp_reply: reply });
    return 'sent';
  }

  private async compose(mail: OwedMail): Promise<ComposedOrObsolete> {
    try {
      return await this.kinds.compose(mail);
    } catch (error) {
      throw error instanceof TemporarilyUnavailable
        ? error
        : new Poison('the mail cannot be written', { cause: error });
    }
  }

  /**
   * Forgetting that a mail is out would send it twice, and a lease that nobody gives back keeps it waiting: so
   * this waits for the database as long as it may.
   */
  private async retryUntilRecorded<T>(record: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await record();
      } catch (error) {
        if (!(error instanceof TemporarilyUnavailable) || signal.aborted) throw error;
        await delay(500);
      }
    }
  }

  /** Nobody is given up for what is not about this mail: an end of this process, or a server that is away for all. */
  private async fail(mail: OwedMail, error: unknown, signal: AbortSignal): Promise<'dead' | 'not-owed'> {
    if (error instanceof TemporarilyUnavailable) return this.handOver(mail, error, signal);
    if (error instanceof Poison || isRefusedForGood(error)) return this.giveUp(mail, error, signal);
    const unreachable = wasTransport(error) && (await this.mailer.findFault(signal)) !== undefined;
    // Perhaps while it looked.
    if (signal.aborted) return this.handOver(mail, error, signal);
    if (!unreachable && isTooOld(mail.ageSeconds)) return this.giveUp(mail, error, signal);
    const reason = reasonOf(error);
    const seconds = unreachable ? UNREACHABLE_RETRY_SECONDS : retryDelaySeconds(mail.attempts);
    const outcome = { reason, retryInSeconds: seconds, counted: !unreachable };
    await this.retryUntilRecorded(() => this.outbox.release(mail, outcome), signal);
    this.count('retry', (error as SmtpError).responseCode);
    this.logger.warn({
      event: 'mail.retry',
      mail_id: mail.id,
      reason,
      retry_in_seconds: seconds,
    });
    throw unreachable
      ? new SmtpUnreachable(seconds, { cause: error })
      : new RetryLater(seconds, { cause: error });
  }

  private async giveUp(mail: OwedMail, error: unknown, signal: AbortSignal): Promise<'dead' | 'not-owed'> {
    const reason = reasonOf(error);
    if (!(await this.retryUntilRecorded(() => this.outbox.markDead(mail, reason), signal))) return 'not-owed';
    this.count('dead', (error as SmtpError).responseCode);
    failSpan(errorType(error));
    this.deadLetters.show(mail.id);
    this.logger.error({
      event: 'mail.dead',
      mail_id: mail.id,
      kind: mail.kind,
      reason,
    });
    return 'dead';
  }

  private count(result: 'sent' | 'obsolete' | 'dead' | 'retry', replyCode?: number): void {
    this.metrics.mails.inc({ result });
    describeSpan({ 'mail.result': result, 'smtp.reply_code': replyCode });
  }

  /** The database was away, or this process ends: whoever takes the mail next need not wait, and nobody refused it. */
  private async handOver(mail: OwedMail, error: unknown, signal: AbortSignal): Promise<never> {
    const outcome = { reason: reasonOf(error), retryInSeconds: 0, counted: false };
    describeSpan({ 'mail.result': 'retry' });
    await this.retryUntilRecorded(() => this.outbox.release(mail, outcome), signal);
    throw new RetryLater(HAND_OVER_SECONDS, { cause: error });
  }
}

/** What the span of one try tells of its mail. */
function spanOf({ id, kind, attempts }: OwedMail) {
  const attributes = { 'mail.id': id, 'mail.kind': kind, 'mail.attempt': attempts };
  return { kind: SpanKind.CONSUMER, attributes };
}

/** 5xx to the recipient or the message. One to the sign-in or the sender is our own misconfiguration and may be mended. */
function isRefusedForGood(error: unknown): boolean {
  const { permanent, code, command } = error as SmtpError;
  return permanent === true && (code === 'EENVELOPE' || code === 'EMESSAGE') && command !== 'MAIL FROM';
}

/** Anything but a verdict on this mail. */
function wasTransport(error: unknown): boolean {
  const { code } = error as SmtpError;
  return code !== 'EENVELOPE' && code !== 'EMESSAGE';
}

/** For operators: what the server said, or what went wrong; bounded, because servers are wordy. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause instanceof Error ? `${message}: ${cause.message}` : message).slice(0, 500);
}
