// Runs on a hash thread, so that bcrypt never holds the event loop (OWASP Node.js, "do not block the event loop").
import { workerData } from 'piscina';
import { loadNative, portable } from './bcrypt-engines.mjs';

/** Both engines answer "no" to some of what is no hash; the owner of that account deserves that somebody learns of it. */
const readable = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

const engine = (workerData.native ? await loadNative() : undefined) ?? portable;

/** @returns {string} the name of the engine */
export function engineName() {
  return engine.name;
}

/**
 * @param {{ password: string, cost: number }} task
 * @returns {string} a `$2b$` hash
 */
export function hash({ password, cost }) {
  return engine.hash(password, cost);
}

/**
 * @param {{ password: string, stored: string }} task
 * @returns {boolean}
 * @throws {Error} when what is stored is no bcrypt hash
 */
export function verify({ password, stored }) {
  if (!readable.test(stored)) throw new Error('this is no bcrypt hash');
  return engine.verify(password, stored);
}
