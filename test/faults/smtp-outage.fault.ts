import { afterAll, expect } from '@jest/globals';
import { makeCertificates } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import { RECOVERY_MS } from '../support/outcomes.js';
import { answering } from '../support/process.js';
import type { Rig } from '../support/rig.js';
import type { SmtpMode } from '../support/smtp.js';

// The SMTP server as a whole: reliability note F-S1, S2, S4, S6, S11. Verdicts on mails: smtp-verdicts.fault.ts.

/** An outage costs a knock every 3 s, not a connection a mail. */
const KNOCKS_PER_SECOND = 1;

/** Whose password was refused asks again this seldom, lest the account be locked. */
const SIGN_IN_INTERVAL_MS = 30_000;

/** The server behaves like that towards everybody, also whose connection is open. */
const behave = (mode: SmtpMode) => async (rig: Rig) => {
  rig.smtp.mode = mode;
  rig.toSmtp.resetAll();
};

/** The people on call can see it: an error in the log, and readiness that says degraded. */
async function isNoticed(rig: Rig): Promise<void> {
  for (const worker of rig.workers) {
    await eventually(() => worker.output().includes('"event":"smtp.unreachable"'), {
      within: 40_000,
      what: 'an outage in the log',
    });
  }
}

/** Every code that was not mailed is as old as after eleven minutes. */
const ageCodes = (rig: Rig) =>
  rig.sql(
    `with aged as (
       update users set pending_until = now() - interval '60 s'
       where id in (select user_id from mails where state = 'pending') returning id)
     update activation_codes set created_at = now() - interval '660 s', expires_at = now() - interval '60 s'
     where user_id in (select id from aged)`,
  );

async function knocksSeldom(rig: Rig): Promise<void> {
  const before = rig.toSmtp.connections.length;
  const start = Date.now();
  const seconds = () => (Date.now() - start) / 1_000;
  await eventually(() => seconds() > 7, { what: 'seven seconds' });
  expect((rig.toSmtp.connections.length - before) / seconds()).toBeLessThanOrEqual(KNOCKS_PER_SECOND);
}

/** Each knock is taken back, also from a server that keeps saying something. */
async function keepsNoConnection(rig: Rig): Promise<void> {
  await isNoticed(rig);
  await knocksSeldom(rig);
  await eventually(() => rig.toSmtp.open <= 3, { within: 30_000, what: 'at most three connections' });
}

/** Not one mail went out. */
async function nothingWasSentInClear(rig: Rig): Promise<void> {
  expect(rig.smtp.mails).toEqual([]);
}

const certificates = makeCertificates();

const faults: Fault[] = [
  {
    id: 'F-S1',
    title: 'the SMTP server refuses connections for eleven minutes',
    inject: (rig) => rig.toSmtp.become('refuse'),
    answers: 60,
    meanwhile: async (rig) => {
      await isNoticed(rig);
      await ageCodes(rig);
    },
    heal: (rig) => rig.toSmtp.become('pass'),
  },
  {
    id: 'F-S1b',
    title: 'the SMTP server resets every connection',
    inject: (rig) => rig.toSmtp.become('reset'),
    meanwhile: async (rig) => {
      await isNoticed(rig);
      await knocksSeldom(rig);
    },
    heal: (rig) => rig.toSmtp.become('pass'),
  },
  {
    id: 'F-S1c',
    title: 'the way to the SMTP server is lost',
    inject: (rig) => rig.toSmtp.become('blackhole'),
    meanwhile: isNoticed,
    heal: (rig) => rig.toSmtp.become('pass'),
  },
  {
    id: 'F-S2',
    title: 'the SMTP server accepts and never greets',
    inject: behave('silent'),
    meanwhile: isNoticed,
    heal: behave('ok'),
  },
  {
    id: 'F-S4',
    title: 'the SMTP server greets for ever',
    inject: behave('drip'),
    meanwhile: keepsNoConnection,
    heal: behave('ok'),
  },
  {
    id: 'F-S4b',
    title: 'the SMTP server says hello for ever',
    inject: behave('drip-hello'),
    meanwhile: keepsNoConnection,
    heal: behave('ok'),
  },
  {
    id: 'F-S6',
    title: 'the SMTP server says 421 to everybody',
    inject: behave('busy'),
    meanwhile: isNoticed,
    heal: behave('ok'),
  },
  {
    id: 'F-S11',
    title: 'the SMTP server refuses our password',
    smtpUrl: (port) => `smtp://user:secret@127.0.0.1:${port}`,
    inject: behave('bad-credentials'),
    meanwhile: async (rig) => {
      await isNoticed(rig);
      await knocksSeldom(rig);
    },
    heal: behave('ok'),
    recoverWithin: SIGN_IN_INTERVAL_MS + RECOVERY_MS,
  },
  {
    id: 'F-S11b',
    title: 'the SMTP server offers no TLS, although it must',
    variables: { NODE_ENV: 'production', HTTPS_ONLY: 'false' },
    // Not a name of this machine, as far as the service can tell: a mail may only leave it encrypted.
    smtpUrl: (port) => `smtp://0.0.0.0:${port}`,
    startsBroken: true,
    ambiguous: 0,
    inject: isNoticed,
    meanwhile: nothingWasSentInClear,
    heal: async (rig) => {
      const url = `smtp://0.0.0.0:${rig.toSmtp.port}?requireTLS=false`;
      await answering(await rig.startReplica('worker', { SMTP_URL: url }), '/health/ready', 60_000);
    },
  },
  {
    id: 'F-S11c',
    title: 'the certificate of the SMTP server has expired',
    variables: { NODE_EXTRA_CA_CERTS: certificates.certFile },
    smtpIdentity: certificates.expired,
    startsBroken: true,
    ambiguous: 0,
    inject: isNoticed,
    meanwhile: nothingWasSentInClear,
    heal: async (rig) => rig.smtp.renew(certificates.valid),
  },
];

afterAll(() => certificates.stop());

// Whoever was speaking to the server when the connections were cut cannot know whether it has the mail.
describeFaults(
  'while the SMTP server is away',
  faults.map((fault) => ({ ambiguous: 1, ...fault })),
);
