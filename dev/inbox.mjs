import { once } from 'node:events';
import { createServer } from 'node:http';
import { startMailbox } from './smtp.mjs';
import { eventStream } from './inbox/events.mjs';
import { answer } from './inbox/routes.mjs';

/**
 * @typedef {object} Inbox
 * @property {string} smtpUrl where the service hands its mail over
 * @property {string} url the page
 * @property {import('./smtp.mjs').Mailbox} mailbox
 * @property {() => Promise<void>} stop
 */

/**
 * The mailbox with a web page that shows each mail as it arrives, and a JSON view of it for scripts.
 * @param {{ smtpPort?: number, pagePort?: number }} [options] any free port unless told
 * @returns {Promise<Inbox>}
 */
export async function startInbox({ smtpPort = 0, pagePort = 0 } = {}) {
  const events = eventStream();
  const mailbox = await startMailbox({ smtpPort, onMail: (mail) => events.send('mail', { id: mail.id }) });
  const server = createServer((request, response) => answer(request, response, mailbox.mails, events));
  server.listen(pagePort, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : pagePort;

  const stop = async () => {
    events.end();
    server.close();
    server.closeAllConnections();
    await mailbox.stop();
  };
  return { smtpUrl: mailbox.url, url: `http://localhost:${port}`, mailbox, stop };
}
