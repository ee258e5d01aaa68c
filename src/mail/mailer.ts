import { Socket } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Transporter, createTransport } from 'nodemailer';
import { withDeadline } from '../common/in-time.js';
import { Config } from '../config/config.js';
import { InOnePiece } from './in-one-piece.js';
import type { ComposedMail } from './mail-kinds.js';

/** The longest that handing over one mail may take, milliseconds; shorter than the lease on it. */
const SEND_DEADLINE_MS = 20_000;

/** A little longer than the deadlines of connecting and of the greeting, milliseconds. */
const VERIFY_DEADLINE_MS = 6_000;

/** How a send failed, as nodemailer tells it. */
export interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  /** What the server answered with a refusal: `MAIL FROM`, `RCPT TO`, `DATA`. */
  command?: string;
  /** True for a final refusal (5xx), false for one that may pass (4xx); undefined when the transport failed. */
  permanent?: boolean;
}

/** Exactly one address without quotes or comments, as registration takes them. */
const plainAddress = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/;

/** A mail whose address must not be handed to nodemailer, which would mend it into somebody's. */
class NotAnAddress extends Error implements SmtpError {
  readonly code = 'EENVELOPE';
  readonly permanent = true;
}

/** SMTP, and the only importer of nodemailer. Retries belong to the queue: one call is one try. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly transport: Transporter;
  private readonly underWay = new Set<Promise<unknown>>();
  private lastSentAt = -Infinity;

  constructor(private readonly config: Config) {
    this.transport = createTransport({
      ...serverOptions(config),
      pool: true,
      maxConnections: config.mail.connections,
      maxMessages: 100,
      maxRequeues: 0,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.transport.use('stream', ({ message }, done) => {
      message.transform(() => new InOnePiece());
      done();
    });
  }

  /**
   * Hands one mail to the SMTP server, within 20 s or until `signal` aborts.
   *
   * @param id becomes the Message-ID, so that mailboxes can fold a mail that came twice
   * @returns what the server answered: its queue id, as a rule
   * @throws SmtpError
   */
  async send(id: string, mail: ComposedMail, signal: AbortSignal): Promise<string> {
    const { from } = this.config.mail;
    if (!plainAddress.test(mail.to)) throw new NotAnAddress('the stored address is none');
    // An object, never a string: nodemailer reads a string as a list of addresses, in the envelope too, and takes control
    // characters out of it.
    const to = { name: '', address: mail.to };
    // socketTimeout only ends silence; a server that drips would hold the sender for ever.
    const sending = withDeadline(SEND_DEADLINE_MS, signal, (end) =>
      this.transport.sendMail({
        messageId: `<${id}@${from.address.split('@')[1]}>`,
        from,
        to,
        envelope: { from: from.address, to },
        headers: { 'Auto-Submitted': 'auto-generated' },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        signal: end,
      }),
    );
    this.underWay.add(sending);
    try {
      const info = await sending;
      this.lastSentAt = performance.now();
      return String(info.response).slice(0, 200);
    } finally {
      this.underWay.delete(sending);
    }
  }

  /** The server has taken a mail that lately. */
  hasSentWithin(milliseconds: number): boolean {
    return performance.now() - this.lastSentAt < milliseconds;
  }

  /**
   * Connects, greets and signs in, and goes away again; 6 s are enough for that. A server that takes another mail meanwhile
   * is there, too: it may only let in fewer connections than we would make.
   *
   * @param signal ends the look
   * @returns why no mail would pass now
   */
  async findFault(signal: AbortSignal): Promise<SmtpError | undefined> {
    try {
      await withDeadline(VERIFY_DEADLINE_MS, signal, (end) => this.knock(end));
      return undefined;
    } catch (error) {
      return error as SmtpError;
    }
  }

  private async knock(end: AbortSignal): Promise<void> {
    end.throwIfAborted();
    const socket = new Socket();
    let isOver = false;
    const verified = createTransport({ ...serverOptions(this.config), socket })
      .verify()
      .finally(() => (isOver = true));
    const ended = new Promise<never>((_, reject) => {
      end.addEventListener('abort', () => reject(end.reason as Error));
    });
    try {
      await Promise.race([Promise.any([verified, ...this.underWay]).catch(() => verified), ended]);
    } finally {
      // verify() has no deadline of its own: a server that drips would hold it, and its connection, for ever.
      if (!isOver) socket.destroy();
    }
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }
}

/** Where the server is, and how long a silence of it is borne. */
function serverOptions(config: Config) {
  return {
    url: config.mail.smtpUrl,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 10_000,
    dnsTimeout: 5_000,
    requireTLS: mustEncrypt(config),
  };
}

/**
 * In production a mail leaves this machine encrypted or not at all (ASVS 5.0 12.3.1); whoever runs a relay that
 * cannot says so in the URL: `smtp://relay?requireTLS=false`.
 */
function mustEncrypt({ environment, mail }: Config): boolean {
  const { hostname, searchParams } = new URL(mail.smtpUrl);
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return environment === 'production' && !local && searchParams.get('requireTLS') !== 'false';
}
