// People who use a release, and the operator. Each step throws when the answer is not what the contract says.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {{ mails: import('../../dev/smtp.mjs').Mail[] }} Mailbox */
/** @typedef {{ name: string, url: string }} Api */

export const OPERATOR = { username: 'operator', password: 'of the upgrade test' };

const PASSWORD = 'correct horse battery';

/** A mail that a worker gave back is taken again within this time. */
const MAIL_MS = 30_000;

export const newEmail = () => `${randomBytes(6).toString('hex')}@example.com`;

/** @param {{ username: string, password: string }} who */
const basic = ({ username, password }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * @param {Api} api
 * @param {number} wanted the status
 * @param {string} request method and path
 * @param {{ as?: { username: string, password: string }, body?: object }} [options]
 * @returns {Promise<any>} the body
 */
async function ask(api, wanted, request, { as, body } = {}) {
  const [method, path] = request.split(' ');
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(as === undefined ? {} : { authorization: basic(as) }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== wanted)
    throw new Error(`${api.name} answered ${response.status} to ${request}, not ${wanted}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** @param {string} username */
const person = (username) => ({ username, password: PASSWORD });

/**
 * @param {Api} api
 * @param {string} email
 */
export const register = (api, email) =>
  ask(api, 201, 'POST /v1/registration', { body: { email, password: PASSWORD } });

/**
 * @param {Api} api
 * @param {string} email
 * @param {string} code
 */
export const activate = (api, email, code) =>
  ask(api, 200, 'POST /v1/activation', { as: person(email), body: { code } });

/**
 * The code in the mail of that number to an address, once it is there.
 * @param {Mailbox} mailbox
 * @param {string} email
 */
export async function codeFor(mailbox, email, number = 1) {
  const deadline = performance.now() + MAIL_MS;
  while (performance.now() < deadline) {
    const mails = mailbox.mails.filter(({ to }) => to.includes(email));
    const code = /\b\d{6}\b/.exec(mails[number - 1]?.text ?? '')?.[0];
    if (code !== undefined) return code;
    await delay(50);
  }
  throw new Error(`mail ${number} to ${email} did not come within ${MAIL_MS} ms`);
}

/**
 * All that the contract offers a person and the operator, begun at one replica and continued at the other.
 * @param {Api} first
 * @param {Api} second
 * @param {Mailbox} mailbox
 */
export async function live(first, second, mailbox) {
  const [ada, ben, cat] = [newEmail(), newEmail(), newEmail()];
  const { id } = await register(first, ada);
  await activate(second, ada, await codeFor(mailbox, ada));
  await ask(first, 200, 'GET /v1/users/me', { as: person(ada) });
  await ask(second, 409, 'POST /v1/registration', { body: { email: ada, password: PASSWORD } });

  await register(first, ben);
  const replaced = await codeFor(mailbox, ben);
  await ask(second, 202, 'POST /v1/activation/code', { as: person(ben) });
  const code = await codeFor(mailbox, ben, 2);
  if (replaced !== code)
    await ask(first, 400, 'POST /v1/activation', { as: person(ben), body: { code: replaced } });
  await activate(second, ben, code);

  const { id: catsId } = await register(first, cat);
  await codeFor(mailbox, cat);
  await ask(second, 200, `GET /v1/admin/users?email=${ada}`, { as: OPERATOR });
  await ask(second, 200, 'GET /v1/admin/mails?status=sent&limit=5', { as: OPERATOR });
  const { mails } = await ask(second, 200, `GET /v1/admin/users/${id}`, { as: OPERATOR });
  if (mails.length !== 1)
    throw new Error(`${second.name} knows ${mails.length} mails to somebody who got one`);
  await ask(second, 204, `DELETE /v1/admin/users/${catsId}`, { as: OPERATOR });
  await ask(first, 404, `GET /v1/admin/users/${catsId}`, { as: OPERATOR });
}
