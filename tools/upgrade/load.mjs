import { setTimeout as delay } from 'node:timers/promises';
import { activate, codeFor, newEmail, register } from './person.mjs';

/** From one registration to the next, milliseconds. */
const PACE_MS = 200;

/**
 * People who register all the time, at each of the apis in turn.
 * @param {import('./person.mjs').Api[]} apis may change meanwhile
 */
export function startLoad(apis) {
  /** @type {string[]} */
  const registered = [];
  /** @type {unknown[]} */
  const faults = [];
  const stopping = new AbortController();

  const run = async () => {
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      const api = apis[turn % Math.max(1, apis.length)];
      const email = newEmail();
      if (api !== undefined)
        await register(api, email).then(
          () => registered.push(email),
          (error) => faults.push(error),
        );
      await delay(PACE_MS);
    }
  };
  const running = run();

  return {
    /** @returns {Promise<void>} when so many more have registered; rejects with the first fault of any */
    more: async (/** @type {number} */ count) => {
      const goal = registered.length + count;
      while (registered.length < goal && faults.length === 0) await delay(20);
      if (faults.length > 0) throw faults[0];
    },
    /**
     * Ends it, and has everybody activate at one api.
     * @param {import('./person.mjs').Api} api
     * @param {import('./person.mjs').Mailbox} mailbox
     * @returns {Promise<number>} how many there were
     */
    stop: async (api, mailbox) => {
      stopping.abort();
      await running;
      if (faults.length > 0) throw faults[0];
      for (const email of registered) await activate(api, email, await codeFor(mailbox, email));
      const copies = mailbox.mails.filter(({ to }) => to.some((address) => registered.includes(address)));
      if (copies.length !== registered.length)
        throw new Error(`${registered.length} people got ${copies.length} mails`);
      return registered.length;
    },
    /** Without a look at what was. */
    abandon: async () => {
      stopping.abort();
      await running;
    },
  };
}
