/** @typedef {import('../smtp.mjs').Mail} Mail */

/**
 * The activation code in a mail: six digits that stand alone, else the first run of four to eight.
 * @param {Mail} mail
 * @returns {string | null}
 */
export function codeIn({ text, subject }) {
  const words = `${text}\n${subject}`;
  return (words.match(/(?<!\d)\d{6}(?!\d)/) ?? words.match(/(?<!\d)\d{4,8}(?!\d)/))?.[0] ?? null;
}

/**
 * The mails to one address, newest first; all of them when there is none. Part of an address is enough.
 * @param {Mail[]} mails
 * @param {string | null} to
 * @returns {Mail[]}
 */
export function mailsTo(mails, to) {
  const part = (to ?? '').trim().toLowerCase();
  return mails.filter((mail) => mail.to.some((address) => address.toLowerCase().includes(part))).toReversed();
}

/**
 * A mail as scripts and the page see it. The source is left out: `/mails/<id>/raw` has it.
 * @param {Mail} mail
 */
export function view(mail) {
  const { raw: _raw, ...rest } = mail;
  return { ...rest, code: codeIn(mail) };
}
