// An SMTP server that takes every mail, counts it and throws it away: fast enough that whoever sends is measured and
// not the one who receives. A process of its own; prints one line, `{"smtp":"smtp://…","control":"http://…"}`.
//
//   POST /reset      forgets everything; `?keep=1`: remembers from now on when each mail came, and its code
//   GET  /           {"count","firstAt","lastAt"}: how many mails came, milliseconds since 1970 of the first and last
//   GET  /mails      with `keep`: {"<address>": {"at", "code"}}
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { now } from '../parts/clock.mjs';
import { listen } from '../parts/listen.mjs';

const END_OF_DATA = '\r\n.\r\n';

/** @type {{ count: number, firstAt: number, lastAt: number }} */
let tally = { count: 0, firstAt: 0, lastAt: 0 };
/** @type {Map<string, { at: number, code: string | undefined }> | undefined} */
let mails;

/**
 * @param {string} to
 * @param {string} words
 */
function take(to, words) {
  const at = now();
  if (tally.count++ === 0) tally.firstAt = at;
  tally.lastAt = at;
  mails?.set(to, { at, code: /\b\d{6}\b/.exec(words.slice(words.indexOf('\r\n\r\n')))?.[0] });
}

/**
 * One answer for each line, and one for the end of the words.
 * @param {import('node:net').Socket} socket
 */
function converse(socket) {
  let unread = '';
  let recipient = '';
  let reading = false;

  /** @param {string} line */
  const answer = (line) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'RCPT') recipient = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'DATA') reading = true;
    if (verb === 'QUIT') socket.end('221 bye\r\n');
    else socket.write(verb === 'DATA' ? '354 go on\r\n' : '250 ok\r\n');
  };
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    unread += chunk;
    for (;;) {
      const end = unread.indexOf(reading ? END_OF_DATA : '\r\n');
      if (end < 0) return;
      const text = unread.slice(0, end);
      unread = unread.slice(end + (reading ? END_OF_DATA.length : 2));
      if (!reading) {
        answer(text);
        continue;
      }
      reading = false;
      take(recipient, text);
      socket.write('250 taken\r\n');
    }
  });
  socket.write('220 sink\r\n');
}

const control = createHttpServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sink');
  if (pathname === '/reset') {
    tally = { count: 0, firstAt: 0, lastAt: 0 };
    mails = searchParams.has('keep') ? new Map() : undefined;
  }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(pathname === '/mails' ? Object.fromEntries(mails ?? []) : tally));
});

const [smtp, http] = await Promise.all([listen(createServer(converse)), listen(control)]);
console.log(JSON.stringify({ smtp: `smtp://127.0.0.1:${smtp}`, control: `http://127.0.0.1:${http}` }));
