// nodemailer and nothing else: a pool like the mail worker's that always has work, with the words of an activation mail.
// One JSON argument: {"smtp","mails"}. The sink knows how long it took.
import { createTransport } from 'nodemailer';

/** As the service, when SMTP_URL says nothing (src/config/setting-formats.ts). */
const MAX_CONNECTIONS = 10;

/** @type {{ smtp: string, mails: number }} */
const { smtp, mails } = JSON.parse(process.argv[2] ?? '{}');
const transport = createTransport({
  url: smtp,
  pool: true,
  maxConnections: MAX_CONNECTIONS,
  maxMessages: 100,
});
let started = 0;

async function send() {
  while (started < mails) {
    const code = String(100_000 + (started++ % 900_000));
    await transport.sendMail({
      from: { name: '', address: 'bench@service.test' },
      to: { name: '', address: `nobody-${started}@example.com` },
      headers: { 'Auto-Submitted': 'auto-generated' },
      subject: 'Your activation code',
      text: `Your activation code is ${code}\n\nIt works for 10 minutes.\n\nIf you did not register, ignore this mail: without the code nothing happens.\n`,
      html: `<!doctype html>
<html lang="en">
  <body style="font-family: sans-serif; color: #1a1a1a; background: #ffffff; padding: 24px">
    <p>Your activation code is</p>
    <p style="font-size: 32px; font-weight: bold; letter-spacing: 6px; font-family: monospace">${code}</p>
    <p>It works for 10 minutes.</p>
    <p style="color: #595959">If you did not register, ignore this mail: without the code nothing happens.</p>
  </body>
</html>
`,
    });
  }
}

// Twice as many as connections, so that each finds the next mail waiting when it has sent one.
await Promise.all(Array.from({ length: 2 * MAX_CONNECTIONS }, send));
transport.close();
console.log('{}');
