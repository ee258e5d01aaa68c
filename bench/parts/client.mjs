// One request at a time, on one connection. Not fetch: it calls itself a browser (sec-fetch-mode), and better-auth then
// wants an Origin.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/**
 * @param {string} url
 * @param {object} body
 * @param {number} status the one that is success
 * @param {Record<string, string>} [headers]
 */
export async function post(url, body, status, headers = {}) {
  const json = JSON.stringify(body);
  const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
  /** @type {import('node:http').IncomingMessage} */
  const response = await new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { ...length, ...headers } }, resolve);
    sent.once('error', reject).end(json);
  });
  const answer = await text(response);
  if (response.statusCode !== status) throw new Error(`${url} answered ${response.statusCode}: ${answer}`);
}
