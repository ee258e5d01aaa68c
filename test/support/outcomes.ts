import { activate } from './client.js';
import { type Mailbox, codeFor, mailsTo } from './service.js';

/** From the moment that what was away is back until everything is as before (reliability note, I9), milliseconds. */
export const RECOVERY_MS = 10_000;

/** What became of a registration. */
export interface Outcome {
  /** How many mails arrived. */
  mails: number;
  /** The answer to the code in the newest of them. */
  activation: number;
}

export const deliveredOnce: Outcome = { mails: 1, activation: 200 };

/** Waits until everybody has a mail, activates every account, and then counts the mails. */
export async function outcomes(
  url: string,
  mailbox: Mailbox,
  emails: string[],
  within = RECOVERY_MS,
): Promise<Outcome[]> {
  const deadline = Date.now() + within;
  for (const email of emails) await mailsTo(mailbox, email, 1, deadline - Date.now());
  const statuses: number[] = [];
  for (const email of emails) {
    statuses.push((await activate(url, email, await codeFor(mailbox, email))).status);
  }
  return emails.map((email, index) => ({
    mails: mailbox.mails.filter(({ to }) => to.includes(email)).length,
    activation: statuses[index]!,
  }));
}
