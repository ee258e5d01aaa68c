import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Server as TlsServer, createServer as createTlsServer } from 'node:tls';
import PostalMime from 'postal-mime';
import type { Identity } from './certificates.js';
import type { Mail, Mailbox } from './service.js';

/**
 * How the server behaves, from the first octet to the last:
 * `silent` never greets, `drip` greets for ever, `drip-hello` says hello for ever, `busy` greets with 421,
 * `bad-credentials` 535 to the sign-in, `no-such-user` 550 at RCPT,
 * `refuse` 554 and `defer` 451 after the message, `lose-reply` takes the message and hangs up instead of saying so,
 * `drop` says so and hangs up, `slow` says so after SLOW_MS, `hold` says so when released.
 */
export type SmtpMode =
  'ok' | GreetingMode | 'bad-credentials' | 'no-such-sender' | 'no-such-user' | MessageMode;
type GreetingMode = 'silent' | 'drip' | 'drip-hello' | 'busy';
export type MessageMode = 'refuse' | 'defer' | 'lose-reply' | 'drop' | 'slow' | 'hold';

/** Shorter than the silence that the service bears (10 s). */
export const SLOW_MS = 8_000;

const DRIP_MS = 100;

/** An SMTP server on the loopback whose behaviour a test chooses, and may change at any moment. */
export class ScriptedSmtp implements Mailbox {
  mode: SmtpMode = 'ok';
  /** How many RCPT commands are put off with 451 before one is taken. */
  greylist = 0;
  /** How many RCPT commands are still taken before the others are put off with 452. */
  quota = Infinity;
  /** How many connections are let in at once; the others are greeted with 421. */
  room = Infinity;
  /** How to behave towards one message, by what came before it; the mode for all others. */
  towards: ((messageId: string, copiesBefore: number) => MessageMode | undefined) | undefined;
  /** Every message that was taken, also where the client was not told so. */
  readonly mails: Mail[] = [];
  /** In how many pieces the newest message came: over TLS, how many records. */
  pieces = 0;
  /** The address of every RCPT command, refused ones included. */
  readonly recipients: string[] = [];
  /** When each connection was made, milliseconds since the epoch. */
  readonly connections: number[] = [];
  port = 0;
  private server: Server | TlsServer | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly held: Array<() => void> = [];

  /** @param identity with one the server speaks TLS from the first octet, as for `smtps://` */
  constructor(private identity?: Identity) {}

  get url(): string {
    return `${this.identity ? 'smtps' : 'smtp'}://127.0.0.1:${this.port}`;
  }

  /** How many connections are open. */
  get open(): number {
    return this.sockets.size;
  }

  /** How many messages wait for `release`. */
  get holding(): number {
    return this.held.length;
  }

  /** Starts, or starts again on the port it had. */
  async start(): Promise<void> {
    const converse = (socket: Socket) => this.converse(socket);
    this.server = this.identity ? createTlsServer(this.identity, converse) : createServer(converse);
    this.server.prependListener('connection', (socket: Socket) => this.remember(socket));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Shows another certificate to whoever connects from now on. */
  renew(identity: Identity): void {
    this.identity = identity;
    if (this.server instanceof TlsServer) this.server.setSecureContext(identity);
  }

  /** From now on connections are refused. */
  async stop(): Promise<void> {
    if (this.server === undefined) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Behaves well again, and answers those that were kept waiting. */
  release(): void {
    this.mode = 'ok';
    for (const answer of this.held.splice(0)) answer();
  }

  private remember(socket: Socket): void {
    this.connections.push(Date.now());
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private converse(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.mode === 'silent') return;
    if (this.mode === 'busy' || this.sockets.size > this.room) return void socket.end('421 too busy\r\n');
    const session = new Session(this, socket, this.held);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => session.read(chunk));
    socket.write('220 scripted\r\n');
  }
}

export async function startSmtp(mode: SmtpMode = 'ok', identity?: Identity): Promise<ScriptedSmtp> {
  const smtp = new ScriptedSmtp(identity);
  smtp.mode = mode;
  await smtp.start();
  return smtp;
}

/** One connection: lines until DATA, then the message until the lonely dot. */
class Session {
  private buffer = '';
  private inMessage = false;
  private to: string[] = [];

  constructor(
    private readonly smtp: ScriptedSmtp,
    private readonly socket: Socket,
    private readonly held: Array<() => void>,
  ) {}

  read(chunk: string): void {
    this.buffer += chunk;
    if (this.inMessage) this.smtp.pieces++;
    for (;;) {
      const mark = this.inMessage ? '\r\n.\r\n' : '\r\n';
      const end = this.buffer.indexOf(mark);
      if (end < 0) return;
      const text = this.buffer.slice(0, end);
      this.buffer = this.buffer.slice(end + mark.length);
      if (this.inMessage) void this.take(text);
      else this.obey(text);
    }
  }

  private obey(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' && this.smtp.mode === 'drip') drip(this.socket);
    else if (verb === 'QUIT') this.socket.end('221 bye\r\n');
    else if (verb === 'STAR') this.say('502 no encryption here');
    else if (verb === 'RCPT') this.say(this.recipient(/<([^>]*)>/.exec(line)?.[1] ?? line));
    else if (verb === 'DATA') {
      this.inMessage = true;
      this.smtp.pieces = 0;
      this.say('354 go on');
    } else if (verb === 'EHLO' && this.smtp.mode === 'drip-hello') {
      drip(this.socket, '250-wait');
    } else if (verb === 'EHLO') {
      this.say('250-scripted\r\n250 AUTH PLAIN');
    } else if (verb === 'AUTH') {
      this.say(this.smtp.mode === 'bad-credentials' ? '535 5.7.8 bad credentials' : '235 welcome');
    } else {
      if (verb === 'MAIL') this.to = [];
      this.say(
        verb === 'MAIL' && this.smtp.mode === 'no-such-sender' ? '550 5.7.60 not your address' : '250 ok',
      );
    }
  }

  private recipient(address: string): string {
    this.smtp.recipients.push(address);
    if (this.smtp.mode === 'no-such-user') return `550 5.1.1 <${address}>: no such user`;
    if (this.smtp.greylist > 0) {
      this.smtp.greylist -= 1;
      return '451 4.7.1 greylisted, try again later';
    }
    if (this.smtp.quota <= 0) return '452 4.5.3 too many for this minute';
    this.smtp.quota -= 1;
    this.to.push(address);
    return '250 ok';
  }

  private async take(raw: string): Promise<void> {
    this.inMessage = false;
    const mail = await parse(raw, this.to);
    const copiesBefore = this.smtp.mails.filter(({ messageId }) => messageId === mail.messageId).length;
    const mode = this.smtp.towards?.(mail.messageId, copiesBefore) ?? this.smtp.mode;
    if (mode === 'refuse') return this.say('554 5.7.1 not wanted');
    if (mode === 'defer') return this.say('451 4.3.0 try again later');
    this.smtp.mails.push(mail);
    if (mode === 'lose-reply') this.socket.destroy();
    else if (mode === 'drop') this.socket.end('250 taken\r\n');
    else if (mode === 'slow') setTimeout(() => this.say('250 taken'), SLOW_MS);
    else if (mode === 'hold') this.held.push(() => this.say('250 taken'));
    else this.say('250 taken');
  }

  private say(line: string): void {
    if (this.socket.writable) this.socket.write(`${line}\r\n`);
  }
}

/** Never silent, and never done. */
function drip(socket: Socket, line = '220-wait'): void {
  const timer = setInterval(() => socket.write(`${line}\r\n`), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}

async function parse(raw: string, to: string[]): Promise<Mail> {
  const mail = await PostalMime.parse(Buffer.from(raw, 'latin1'));
  return {
    id: randomUUID(),
    receivedAt: new Date().toISOString(),
    from: mail.from?.address ?? '',
    to,
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
    messageId: mail.messageId ?? '',
    raw,
  };
}
