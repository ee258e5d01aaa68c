// What the sink says (processes/smtp-sink.mjs).
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {{ count: number, firstAt: number, lastAt: number }} Tally */

/**
 * Forgets everything; with `keep` it remembers from now on when each mail came, and its code.
 * @param {string} url
 * @param {{ keep?: boolean }} [options]
 */
export async function resetSink(url, { keep = false } = {}) {
  await fetch(`${url}/reset${keep ? '?keep=1' : ''}`, { method: 'POST' });
}

/**
 * @param {string} url
 * @returns {Promise<Tally>}
 */
export async function tally(url) {
  return /** @type {Promise<Tally>} */ ((await fetch(url)).json());
}

/**
 * @param {string} url
 * @returns {Promise<Record<string, { at: number, code: string }>>} by address
 */
export async function keptMails(url) {
  return /** @type {Promise<Record<string, { at: number, code: string }>>} */ (
    (await fetch(`${url}/mails`)).json()
  );
}

/**
 * @param {string} url
 * @param {number} count
 * @param {number} [patienceMs]
 * @returns {Promise<Tally>} when so many mails have come
 */
export async function awaitMails(url, count, patienceMs = 300_000) {
  const end = performance.now() + patienceMs;
  for (;;) {
    const now = await tally(url);
    if (now.count >= count) return now;
    if (performance.now() > end) throw new Error(`${now.count} of ${count} mails came`);
    await delay(50);
  }
}
