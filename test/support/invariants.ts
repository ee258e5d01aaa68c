import { readdirSync } from 'node:fs';
import { expect } from '@jest/globals';
import { canariesIn } from './canaries.js';
import { eventually } from './eventually.js';
import type { Entry, Ledger } from './ledger.js';
import type { Rig } from './rig.js';
import type { Mail } from './service.js';

/** What a case may be forgiven. */
export interface Allowances {
  /** How many faults each mail met after which nobody can know whether the server has it. */
  ambiguous?: number;
  /** No answer may take longer, milliseconds. */
  longest?: number;
  /** How long the outbox may take to empty itself, milliseconds: the lease of a sender that was killed, a retry. */
  drainWithin?: number;
  /**
   * Mails that nobody wants any more when their turn comes are dropped: they never came, or came already although the
   * sender was not told so, and were used.
   */
  obsolete?: 'unsent' | 'sent';
}

/** What came of it, for the table. */
export interface Figures {
  accepted: number;
  lost: number;
  duplicates: number;
  longest: number;
}

/** What the database knows of somebody. */
export interface Registered {
  id: string;
  email: string;
  active: boolean;
  codes: number;
  mails: Array<{ id: string; state: string; last_error: string | null }>;
}

/** The longest that anybody waits for an answer (reliability note, I6). */
const NO_HANG_MS = 10_000;

/** What a killed sender holds a mail for (30 s), and what the queue and the relay take after that. */
const DRAIN_MS = 60_000;

const CONNECTIONS_OF_A_PROCESS = 25;
const HANDLES_OF_A_PROCESS = 120;

/**
 * Waits until nothing is owed any more and then checks, from outside only, what must hold after every fault
 * (reliability note, section 2.2).
 */
export async function checkInvariants(
  rig: Rig,
  ledger: Ledger,
  allowances: Allowances = {},
): Promise<Figures> {
  await ledger.stop();
  await outboxEmpties(rig, allowances.drainWithin ?? DRAIN_MS);
  checkAnswers(ledger, allowances);
  checkProcesses(rig);
  await retryWhatFailed(rig, ledger);
  const users = await registeredUsers(rig);
  checkRows(ledger, users);
  expect(users.filter(({ active }) => active)).toEqual([]);
  const figures = checkMails(rig, ledger, users, allowances);
  const active = await activateEverybody(rig, ledger, users);
  const activeRows = (await registeredUsers(rig)).filter((user) => user.active);
  expect(activeRows.map(({ email }) => email).toSorted()).toEqual(active.toSorted());
  await checkConnections(rig);
  expect(await canariesIn(rig, ledger.password, newestCodes(rig))).toEqual([]);
  return { ...figures, longest: ledger.longest };
}

/** I8: whatever is owed leaves by itself. */
export async function outboxEmpties(rig: Rig, within = DRAIN_MS): Promise<void> {
  const owed = () =>
    rig.sql<{ id: string }>(
      `select id, attempts, lease_until, due_at, last_error from mails where state = 'pending'`,
    );
  let rows: unknown[] = [];
  await eventually(
    async () => {
      rows = await owed();
      return rows.length === 0;
    },
    { within, what: 'an empty outbox' },
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(rows.slice(0, 3))} of ${rows.length}`, {
      cause: error,
    });
  });
}

/** I6: told yes, or to come again; nobody waits for ever, and only who was killed says nothing. */
export function checkAnswers(ledger: Ledger, { longest = NO_HANG_MS }: Allowances = {}): void {
  const bad = ledger.entries.filter((entry) => !isFine(entry));
  expect(bad.map(({ status, text, milliseconds }) => ({ status, text, milliseconds }))).toEqual([]);
  expect(ledger.longest).toBeLessThan(longest);
}

function isFine({ what, status, retryAfter, replica }: Entry): boolean {
  return (
    [200, 201, 202].includes(status) ||
    // Asked again after an answer that got lost.
    (what === 'activate' && status === 409) ||
    (status === 503 && Number(retryAfter) >= 1) ||
    (status === 0 && replica?.killed === true)
  );
}

/** I7: nobody died, nothing went unheard, nothing piles up. */
export function checkProcesses(rig: Rig): void {
  for (const replica of rig.replicas) {
    const { condemned, pid } = replica;
    const fatal = /unhandledRejection|uncaughtException|ERR_UNHANDLED|UnhandledPromise|"level":"fatal"/;
    expect(
      replica
        .output()
        .split('\n')
        .filter((line) => fatal.test(line)),
    ).toEqual([]);
    if (condemned) continue;
    expect(replica.isRunning()).toBe(true);
    expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(HANDLES_OF_A_PROCESS);
  }
}

/** Whoever was told no, or nothing, asks again: one account comes of it, whatever the first try did. */
export async function retryWhatFailed(rig: Rig, ledger: Ledger): Promise<void> {
  for (const email of ledger.refused) {
    const { status, text } = await insisting(() => ledger.register(email));
    expect({ fine: status === 201 || status === 409, status, email, text }).toMatchObject({ fine: true });
  }
  await outboxEmpties(rig);
}

/** I1: user, code and mail are written together or not at all, and once. */
export function checkRows(ledger: Ledger, users: Registered[]): void {
  const known = new Set(users.map(({ email }) => email));
  expect(ledger.accepted.filter((email) => !known.has(email))).toEqual([]);
  const asPromised = ({ email, codes, mails }: Registered) =>
    codes === 1 && mails.length === ledger.promisedTo(email);
  expect(users.filter((user) => !asPromised(user))).toEqual([]);
}

/** I2 and I3: everybody's mail is out or a dead letter that says why; no more copies than faults explain. */
export function checkMails(
  rig: Rig,
  ledger: Ledger,
  users: Registered[],
  { ambiguous = 0, obsolete }: Allowances,
): Omit<Figures, 'longest'> {
  const arrived = new Map<string, Mail[]>();
  for (const mail of rig.smtp.mails) {
    arrived.set(mail.messageId, [...(arrived.get(mail.messageId) ?? []), mail]);
  }
  const copiesOf = (mail: { id: string }) => arrived.get(`<${mail.id}@service.test>`) ?? [];
  const mails = users.flatMap((user) => user.mails.map((mail) => ({ ...mail, email: user.email })));
  const lost = mails.filter((mail) => {
    if (mail.state === 'dead') return mail.last_error === null;
    if (mail.state === 'obsolete') return obsolete !== (copiesOf(mail).length > 0 ? 'sent' : 'unsent');
    return !copiesOf(mail).some(({ to }) => to.length === 1 && to[0] === mail.email);
  });
  expect(lost).toEqual([]);
  const tooMany = mails.filter((mail) => copiesOf(mail).length > 1 + ambiguous);
  expect(tooMany).toEqual([]);
  for (const mail of mails) expect(new Set(copiesOf(mail).map(codeIn)).size).toBeLessThanOrEqual(1);
  const owned = new Set(mails.map(({ id }) => `<${id}@service.test>`));
  expect(rig.smtp.mails.filter(({ messageId }) => !owned.has(messageId))).toEqual([]);
  const duplicates = mails.reduce((sum, mail) => sum + Math.max(0, copiesOf(mail).length - 1), 0);
  return { accepted: ledger.accepted.length, lost: lost.length, duplicates };
}

/** I4 and I5: the newest code and the password open each account, and nothing else opened any. */
async function activateEverybody(rig: Rig, ledger: Ledger, users: Registered[]): Promise<string[]> {
  const codes = newestCodes(rig);
  const withCode = users.filter(({ email }) => codes.has(email));
  for (const { email } of withCode) {
    const { status, text } = await insisting(() => ledger.activate(email, codes.get(email)!));
    expect({ email, status, text }).toMatchObject({ status: 200 });
  }
  return withCode.map(({ email }) => email);
}

/** Asks again while told to: a busy machine may be too slow for the service's deadlines at any moment. */
async function insisting(ask: () => Promise<Entry>): Promise<Entry> {
  let entry = await ask();
  for (let tries = 1; entry.status === 503 && tries < 5; tries++) entry = await ask();
  return entry;
}

/** I7: the pools came back to their size. */
export async function checkConnections(rig: Rig): Promise<void> {
  const running = rig.replicas.filter((replica) => replica.isRunning()).length;
  const allowed = (1 + running) * CONNECTIONS_OF_A_PROCESS;
  await eventually(
    async () => {
      const [row] = await rig.sql<{ count: number }>(
        `select count(*)::int from pg_stat_activity where datname = current_database()`,
      );
      return row!.count <= allowed;
    },
    { what: `at most ${allowed} connections` },
  );
}

export async function registeredUsers(rig: Rig): Promise<Registered[]> {
  return rig.sql<Registered>(
    `select id, email, activated_at is not null as active,
            (select count(*)::int from activation_codes where user_id = users.id) as codes,
            (select coalesce(json_agg(json_build_object('id', mails.id, 'state', state, 'last_error', last_error)), '[]')
             from mails where user_id = users.id) as mails
     from users order by created_at`,
  );
}

/** By address: the code of the mail that came last. */
export function newestCodes(rig: Rig): Map<string, string> {
  return new Map(rig.smtp.mails.map((mail) => [mail.to[0]!, codeIn(mail)]));
}

export function codeIn({ text }: Mail): string {
  return /\b\d{6}\b/.exec(text)![0];
}
