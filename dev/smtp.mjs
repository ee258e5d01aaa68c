import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/**
 * @typedef {object} Mail
 * @property {string} id
 * @property {string} receivedAt RFC 3339, UTC
 * @property {string} from
 * @property {string[]} to the envelope's recipients, who can differ from the `To` header
 * @property {string} subject
 * @property {string} text empty when there is none
 * @property {string} html empty when there is none
 * @property {Record<string, string>} headers by lower-case name; of a repeated header the last
 * @property {string} messageId
 * @property {string} raw
 *
 * @typedef {object} Mailbox
 * @property {string} url
 * @property {number} port
 * @property {Mail[]} mails oldest first, the last 500
 * @property {() => Promise<void>} stop
 */

const MAILS_KEPT = 500;
const MAIL_BYTES_MAX = 1024 * 1024;

/**
 * @param {Buffer} raw
 * @param {import('smtp-server').SMTPServerSession} session
 * @returns {Promise<Mail>}
 */
async function parse(raw, session) {
  const mail = await PostalMime.parse(raw);
  const sender = session.envelope.mailFrom;
  return {
    id: randomUUID(),
    receivedAt: new Date().toISOString(),
    from: mail.from?.address ?? (sender ? sender.address : ''),
    to: session.envelope.rcptTo.map((recipient) => recipient.address),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
    messageId: mail.messageId ?? '',
    raw: raw.toString('utf8'),
  };
}

/**
 * @param {import('smtp-server').SMTPServerDataStream} stream
 * @returns {Promise<Buffer>}
 */
async function readAll(stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk);
  if (stream.sizeExceeded) throw Object.assign(new Error('message too big'), { responseCode: 552 });
  return Buffer.concat(chunks);
}

/**
 * An SMTP server on the loopback that takes every mail and delivers none.
 * @param {{ smtpPort?: number, onMail?: (mail: Mail) => void }} [options]
 * @returns {Promise<Mailbox>}
 */
export async function startMailbox({ smtpPort = 0, onMail } = {}) {
  /** @type {Mail[]} */
  const mails = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MAIL_BYTES_MAX,
    async onData(stream, session, done) {
      try {
        const mail = await parse(await readAll(stream), session);
        mails.push(mail);
        if (mails.length > MAILS_KEPT) mails.shift();
        onMail?.(mail);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      done();
    },
  });
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server, smtpPort);

  const stop = async () => {
    if (!server.server.listening) return;
    const closed = once(server.server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy(); // clients keep pooled connections open: no waiting for them
    await closed;
  };
  return { url: `smtp://127.0.0.1:${port}`, port, mails, stop };
}

/**
 * @param {SMTPServer} server
 * @param {number} wanted 0 for any
 * @returns {Promise<number>}
 */
async function listen(server, wanted) {
  const failed = new Promise((_resolve, reject) => server.once('error', reject));
  await Promise.race([once(server.listen(wanted, '127.0.0.1'), 'listening'), failed]);
  failed.catch(() => undefined);
  server.on('error', () => undefined); // a client that hangs up in mid-sentence
  const address = server.server.address();
  return address !== null && typeof address === 'object' ? address.port : wanted;
}
