// Runs on a hash thread, so that bcrypt never holds the event loop (OWASP Node.js, "do not block the event loop").
import { workerData } from 'piscina';
import { loadNative, portable } from './bcrypt-engines.mjs';

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
 */
export function verify({ password, stored }) {
  return engine.verify(password, stored);
}
