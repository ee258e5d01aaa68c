/**
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {object} EventStream
 * @property {(response: ServerResponse) => void} add
 * @property {(name: string, data: object) => void} send
 * @property {() => void} end
 */

const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events to every open page.
 * @returns {EventStream}
 */
export function eventStream() {
  /** @type {Set<ServerResponse>} */
  const pages = new Set();
  const toAll = (/** @type {string} */ text) => {
    for (const page of pages) page.write(text);
  };
  // Shows both sides that the line still stands: a page behind a sleeping laptop is let go.
  const heartbeat = setInterval(() => toAll(': still here\n\n'), HEARTBEAT_MS).unref();

  return {
    add(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 1000\n\n');
      pages.add(response);
      response.once('close', () => pages.delete(response));
    },
    send: (name, data) => toAll(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    end() {
      clearInterval(heartbeat);
      for (const page of pages) page.end();
    },
  };
}
