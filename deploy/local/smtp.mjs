// An SMTP server on 127.0.0.1:1025 that takes every mail and shows it at http://localhost:8025, or, told to, refuses
// every recipient for good:
//
//   node deploy/local/smtp.mjs
//   node deploy/local/smtp.mjs --refuse
import { SMTPServer } from 'smtp-server';
import { startInbox } from '../../dev/inbox.mjs';

const SMTP_PORT = 1025;
const PAGE_PORT = 8025;

function startRefusing() {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('5.7.1 your address is on our list'), { responseCode: 550 })),
  });
  server.on('error', () => undefined); // a client that hangs up in mid-sentence
  server.listen(SMTP_PORT, '127.0.0.1');
  return { stop: () => process.exit(0) };
}

const refuses = process.argv.includes('--refuse');
const server = refuses ? startRefusing() : await startInbox({ smtpPort: SMTP_PORT, pagePort: PAGE_PORT });
console.log(
  refuses ? 'Every recipient is refused with 550.' : `Every mail is taken: http://localhost:${PAGE_PORT}`,
);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.stop());
