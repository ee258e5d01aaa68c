import { readFileSync } from 'node:fs';
import { mailsTo, view } from './views.mjs';

/**
 * @typedef {import('../smtp.mjs').Mail} Mail
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 */

/** @type {Record<string, [file: string, type: string]>} */
const PAGE = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/inbox.css': ['inbox.css', 'text/css; charset=utf-8'],
  '/inbox.js': ['inbox.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A mail is a stranger's document: no script, nothing from outside (a tracking picture, say), no navigation.
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Answers one request of the inbox page or of a script.
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {Mail[]} mails oldest first; emptied by DELETE
 * @param {import('./events.mjs').EventStream} events
 */
export function answer(request, response, mails, events) {
  // A foreign site whose name points here (DNS rebinding) must not read anybody's codes.
  if (!LOCAL_HOST.test(request.headers.host ?? ''))
    return send(response, 403, 'text/plain', 'localhost only\n');
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, collection, id, part] = url.pathname.split('/');
  const isRead = request.method === 'GET' || request.method === 'HEAD';

  if (collection === 'mails' && id === undefined) {
    const chosen = mailsTo(mails, url.searchParams.get('to'));
    if (isRead) return sendJson(response, chosen.map(view));
    if (request.method === 'DELETE') return remove(response, mails, chosen, events);
  }
  if (!isRead) return send(response, 405, 'text/plain', 'method not allowed\n');
  if (url.pathname === '/events') return events.add(response);
  if (collection === 'mails')
    return sendMail(
      response,
      mails.find((mail) => mail.id === id),
      part,
    );
  return sendPage(response, url.pathname);
}

/**
 * @param {ServerResponse} response
 * @param {Mail[]} mails
 * @param {Mail[]} chosen
 * @param {import('./events.mjs').EventStream} events
 */
function remove(response, mails, chosen, events) {
  const gone = new Set(chosen);
  mails.splice(0, mails.length, ...mails.filter((mail) => !gone.has(mail)));
  events.send('cleared', { count: gone.size });
  response.writeHead(204).end();
}

/**
 * @param {ServerResponse} response
 * @param {Mail | undefined} mail
 * @param {string | undefined} part
 */
function sendMail(response, mail, part) {
  if (!mail) return send(response, 404, 'text/plain', 'no such mail\n');
  if (part === undefined) return sendJson(response, view(mail));
  if (part === 'raw') return send(response, 200, 'text/plain; charset=utf-8', mail.raw);
  if (part !== 'html') return send(response, 404, 'text/plain', 'no such part\n');
  response.setHeader('content-security-policy', MAIL_POLICY);
  return send(response, 200, 'text/html; charset=utf-8', mail.html);
}

/**
 * @param {ServerResponse} response
 * @param {string} path
 */
function sendPage(response, path) {
  const found = PAGE[path];
  if (!found) return send(response, 404, 'text/plain', 'not found\n');
  const [file, type] = found;
  response.setHeader('content-security-policy', PAGE_POLICY);
  return send(response, 200, type, readFileSync(new URL(`page/${file}`, import.meta.url), 'utf8'));
}

/**
 * @param {ServerResponse} response
 * @param {unknown} body
 */
function sendJson(response, body) {
  send(response, 200, 'application/json; charset=utf-8', `${JSON.stringify(body, null, 2)}\n`);
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {string} type
 * @param {string} body
 */
function send(response, status, type, body) {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  response.end(body);
}
