import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, activate, newEmail, register, resend } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { report } from '../support/fault-table.js';
import { letPass, storedPerson } from '../support/person.js';
import { describeOnEachQueue } from '../support/redis.js';
import { Rig } from '../support/rig.js';
import { anotherCode } from '../support/service.js';
import { shuffled } from '../support/statistics.js';

// Races between two processes: reliability note RA-1, RA-3, RA-4 and CO-6. More of them, in one process each:
// test/integration/races.spec.ts.

const ROUNDS = 20;
const AT_ONCE = 16;

const OTHER_PASSWORD = 'the password of somebody else';

/** Asks one replica. */
type Ask = (url: string) => Promise<Answer>;

const same = (ask: Ask): Ask[] => Array<Ask>(AT_ONCE).fill(ask);

const count = (answers: Answer[], wanted: number) => answers.filter(({ status }) => status === wanted).length;

describeOnEachQueue('many requests at once, to two processes', (backend) => {
  let rig: Rig;
  let statuses: Record<number, number> = {};
  let longest = 0;

  beforeAll(async () => {
    rig = await Rig.start({ backend, roles: ['all', 'all'], variables: { RATE_LIMIT_ENABLED: 'false' } });
    // Opens the connections: on a busy machine that alone can take longer than a request may.
    await eventually(async () => {
      const answers = await atOnce(
        Array.from({ length: 2 * AT_ONCE }, () => (url) => register(url, newEmail())),
      );
      return count(answers, 201) === answers.length;
    });
  }, 90_000);

  afterAll(() => rig.stop());

  /** One request each, to the replicas in turn. */
  function atOnce(asks: Ask[]): Promise<Answer[]> {
    return Promise.all(
      asks.map(async (ask, index) => {
        const start = performance.now();
        const answer = await ask(rig.replicas[index % 2]!.url);
        longest = Math.max(longest, Math.round(performance.now() - start));
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        return answer;
      }),
    );
  }

  /** Runs a race again and again, and writes down what came of it. */
  async function inRounds(race: string, round: () => Promise<void>): Promise<void> {
    statuses = {};
    longest = 0;
    let won = 0;
    try {
      for (; won < ROUNDS; won += 1) await round();
    } finally {
      report({ race, backend, won, rounds: ROUNDS, atOnce: AT_ONCE, statuses, longest });
    }
  }

  const mailsTo = (email: string) => rig.smtp.mails.filter(({ to }) => to[0] === email);

  /** The digits of the newest mail, once there are so many. */
  async function codeFor(email: string, mails = 1): Promise<string> {
    const newest = await eventually(() => mailsTo(email)[mails - 1], { what: `mail ${mails} to ${email}` });
    return /\b\d{6}\b/.exec(newest.text)![0];
  }

  async function newPerson(): Promise<{ email: string; code: string }> {
    const email = newEmail();
    expect((await register(rig.replicas[0]!.url, email)).status).toBe(201);
    return { email, code: await codeFor(email) };
  }

  const isActive = async (email: string) => (await storedPerson(rig, email))!.activated_at !== null;

  it('one address is registered once, and mailed once', () =>
    inRounds('one address is registered', async () => {
      const email = newEmail();
      const answers = await atOnce(same((url) => register(url, email)));
      expect(count(answers, 201)).toBe(1);
      // 503: a busy machine is slower than the service's patience with a lock.
      expect(answers.filter(({ status }) => ![201, 409, 503].includes(status))).toEqual([]);
      await codeFor(email);
      expect(await storedPerson(rig, email)).toMatchObject({ mails: [expect.any(String)], codes_issued: 1 });
      expect(mailsTo(email)).toHaveLength(1);
    }));

  it('one right code activates once', () =>
    inRounds('one right code', async () => {
      const { email, code } = await newPerson();
      const answers = await atOnce(same((url) => activate(url, email, code)));
      // Five are looked at; the others are told so, or that the account is active already.
      expect(count(answers, 200)).toBe(1);
      expect(answers.filter(({ status }) => ![200, 400, 409, 429, 503].includes(status))).toEqual([]);
      expect(await isActive(email)).toBe(true);
    }));

  it('of many wrong codes five are evaluated, and the right one among them opens nothing afterwards', () =>
    inRounds('wrong codes', async () => {
      const { email, code } = await newPerson();
      const answers = await atOnce(same((url) => activate(url, email, anotherCode(code))));
      expect(count(answers, 400)).toBe(5);
      expect(answers.filter(({ status }) => ![400, 429, 503].includes(status))).toEqual([]);
      expect((await activate(rig.replicas[1]!.url, email, code)).status).toBe(429);
      expect(await storedPerson(rig, email)).toMatchObject({ attempts: 5, activated_at: null });
    }));

  it('one right code among wrong ones activates when it is one of the first five, else not', () =>
    inRounds('one right code among wrong ones', async () => {
      const { email, code } = await newPerson();
      const guesses = same((url) => activate(url, email, anotherCode(code))).slice(1);
      const answers = await atOnce(shuffled([...guesses, (url) => activate(url, email, code)]));
      expect(count(answers, 400)).toBeLessThanOrEqual(5);
      expect(answers.filter(({ status }) => ![200, 400, 409, 429, 503].includes(status))).toEqual([]);
      expect(await isActive(email)).toBe(count(answers, 200) === 1);
    }));

  it('activations and new registrations of one address leave it to one of the two passwords', () =>
    inRounds('an activation, a registration', async () => {
      const { email, code } = await newPerson();
      await rig.sql(
        `with person as (update users set pending_until = now() where email = $1 returning id)
         update activation_codes set expires_at = now() + make_interval(secs => $2) from person
         where user_id = person.id`,
        [email, 0.2 * Math.random()],
      );
      const before = await storedPerson(rig, email);
      const tries = Array<Ask>(AT_ONCE / 2).fill((url) => activate(url, email, code));
      const takers = Array<Ask>(AT_ONCE / 2).fill((url) => register(url, email, OTHER_PASSWORD));
      const answers = await atOnce(shuffled([...tries, ...takers]));
      expect(answers.filter(({ status }) => ![200, 201, 400, 401, 409, 429, 503].includes(status))).toEqual(
        [],
      );
      const [activated, taken] = [count(answers, 200), count(answers, 201)];
      expect(activated + taken).toBe(1);
      const after = await storedPerson(rig, email);
      expect(after!.password_hash === before!.password_hash).toBe(activated === 1);
      expect(after!.activated_at !== null).toBe(activated === 1);
    }));

  it('activations and requests for a new code end with an active account or a code that works', () =>
    inRounds('an activation, a new code', async () => {
      const { email, code } = await newPerson();
      await letPass(rig, email, 61);
      // So few that the new code, which they may be held against, has a try left.
      const tries = Array<Ask>(4).fill((url) => activate(url, email, code));
      const wishes = Array<Ask>(AT_ONCE - 4).fill((url) => resend(url, email));
      const answers = await atOnce(shuffled([...tries, ...wishes]));
      expect(answers.filter(({ status }) => ![200, 202, 400, 409, 429, 503].includes(status))).toEqual([]);
      expect(count(answers, 202)).toBeLessThanOrEqual(1);
      const opened =
        count(answers, 200) === 1
          ? 200
          : (await activate(rig.replicas[0]!.url, email, await codeFor(email, 2))).status;
      expect(opened).toBe(200);
      expect(await isActive(email)).toBe(true);
    }));
});
