import { expect } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import type { Ledger } from '../support/ledger.js';
import type { Rig } from '../support/rig.js';
import type { MessageMode, SmtpMode } from '../support/smtp.js';

// What the SMTP server says to single mails: reliability note F-S3, S5, S7 to S10, S12.

const behave = (mode: SmtpMode) => async (rig: Rig) => (rig.smtp.mode = mode);

/** So many mails meet that the first time they come; their next copy is taken. */
const firstTime = (mode: MessageMode, mails: number) => async (rig: Rig) => {
  const met = new Set<string>();
  rig.smtp.towards = (messageId, copiesBefore) => {
    if (copiesBefore > 0 || met.size >= mails) return undefined;
    met.add(messageId);
    return mode;
  };
};

const behaveWell = async (rig: Rig) => {
  rig.smtp.towards = undefined;
  rig.smtp.mode = 'ok';
};

const deadLetters = (rig: Rig) =>
  rig.sql<{ email: string; attempts: number; last_error: string }>(
    `select email, attempts, last_error from mails join users on users.id = user_id where state = 'dead'`,
  );

/** Each mail of the fault was tried once, its row says why, and the address can be registered anew. */
const areDeadAtOnce = (code: string) => async (rig: Rig, ledger: Ledger) => {
  const dead = await eventually(
    async () => {
      const rows = await deadLetters(rig);
      return rows.length > 0 && rows;
    },
    { what: 'a dead letter' },
  );
  expect(dead.filter(({ attempts, last_error }) => attempts !== 1 || !last_error.includes(code))).toEqual([]);
  const { email } = dead[0]!;
  await rig.sql(`update users set pending_until = now() where email = $1`, [email]);
  expect((await ledger.register(email)).status).toBe(201);
};

/** As much as the server takes at once; a minute of the real thing lasts four seconds here. */
async function quota(rig: Rig): Promise<void> {
  rig.smtp.quota = 10;
  await eventually(() => rig.workers[0]!.output().includes('too many for this minute'), {
    within: 30_000,
    what: 'a mail that was put off',
  });
  rig.smtp.quota = 10;
}

const faults: Fault[] = [
  {
    id: 'F-S3',
    title: 'the SMTP server takes eight seconds to say yes',
    inject: firstTime('slow', 8),
    meanwhile: (rig) => eventually(() => rig.smtp.mails.length > 4, { what: 'some mails' }),
    heal: behaveWell,
  },
  {
    id: 'F-S5',
    title: 'greylisting',
    inject: async (rig) => (rig.smtp.greylist = 8),
    meanwhile: (rig) => eventually(() => rig.smtp.greylist === 0, { what: 'eight mails put off' }),
    afterwards: async (rig) => expect(await deadLetters(rig)).toEqual([]),
  },
  {
    id: 'F-S7',
    title: 'there is no such user (550)',
    inject: behave('no-such-user'),
    heal: behaveWell,
    afterwards: areDeadAtOnce('550'),
  },
  {
    id: 'F-S8',
    title: 'the message is refused (554)',
    inject: behave('refuse'),
    heal: behaveWell,
    afterwards: areDeadAtOnce('554'),
  },
  {
    id: 'F-S8b',
    title: 'the message is put off (451)',
    inject: behave('defer'),
    heal: behaveWell,
    afterwards: async (rig) => expect(await deadLetters(rig)).toEqual([]),
  },
  {
    id: 'F-S9',
    title: 'the reply to the message is lost',
    inject: firstTime('lose-reply', 6),
    heal: behaveWell,
    ambiguous: 1,
  },
  {
    id: 'F-S9b',
    title: 'the reply to the message never comes',
    inject: firstTime('hold', 4),
    heal: behaveWell,
    ambiguous: 1,
  },
  {
    id: 'F-S10',
    title: 'the server takes each message and hangs up',
    inject: behave('drop'),
    heal: behaveWell,
  },
  {
    id: 'F-S12',
    title: 'the server takes ten mails a minute',
    inject: quota,
    answers: 24,
    heal: async (rig) => (rig.smtp.quota = Infinity),
  },
];

describeFaults('when the SMTP server judges', faults);
