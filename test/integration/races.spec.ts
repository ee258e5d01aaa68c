import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, activate, newEmail, register, resend } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { becomes } from '../support/mails.js';
import { letPass, newPerson, storedPerson } from '../support/person.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import {
  type Replica,
  type Service,
  anotherCode,
  codeFor,
  mailsTo,
  startReplica,
  startService,
} from '../support/service.js';

const AT_ONCE = 8;
const ROUNDS = 20;

function oneOf(winner: number, loser: number): number[] {
  return [winner, ...Array<number>(AT_ONCE - 1).fill(loser)];
}

describeOnBothBackends('at once, on two replicas', (startBackend) => {
  let backend: Backend;
  let service: Service;
  let replica: Replica;

  beforeAll(async () => {
    backend = await startBackend();
    service = await startService(backend.variables);
    replica = await startReplica(service.variables);
    // Opens the connections: on a busy machine that alone can take longer than a request may.
    for (const { url } of [service, replica]) {
      await eventually(async () => {
        const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => register(url, newEmail())));
        return answers.every(({ status }) => status === 201);
      });
    }
  });

  afterAll(async () => {
    await replica.stop();
    await service.stop();
    await backend.stop();
  });

  /** The same request many times, half of them to each replica. @returns the statuses, in order */
  async function atOnce(send: (url: string) => Promise<Answer>): Promise<number[]> {
    const urls = Array.from({ length: AT_ONCE }, (_, index) => (index % 2 === 0 ? service.url : replica.url));
    const answers = await Promise.all(urls.map(send));
    return answers.map(({ status }) => status).toSorted((one, other) => one - other);
  }

  it('one address is registered once, and mailed once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const email = newEmail();
      expect(await atOnce((url) => register(url, email))).toEqual(oneOf(201, 409));
      await becomes(service.database, email, 'sent');
      expect(await mailsTo(service.mailbox, email)).toHaveLength(1);
      expect(await storedPerson(service.database, email)).toMatchObject({ mails: ['sent'], codes_issued: 1 });
    }
  });

  it('an address whose code ran out is taken over once, by the one whose password then activates', async () => {
    for (let round = 0; round < ROUNDS / 4; round += 1) {
      const { email } = await newPerson(service);
      await letPass(service.database, email, 601);
      const passwords = Array.from({ length: AT_ONCE }, (_, index) => `the password of number ${index}`);
      const answers = await Promise.all(
        passwords.map((password, index) => register(index % 2 ? service.url : replica.url, email, password)),
      );
      const winners = passwords.filter((_, index) => answers[index]!.status === 201);
      expect(winners).toHaveLength(1);
      const code = await codeFor(service.mailbox, email, 2);
      const statuses = await Promise.all(
        passwords.map((password) => activate(service.url, email, code, password)),
      );
      expect(passwords.filter((_, index) => statuses[index]!.status === 200)).toEqual(winners);
    }
  });

  it('one right code activates once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email, code } = await newPerson(service);
      const statuses = await atOnce((url) => activate(url, email, code));
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      // No more than five are evaluated; who comes after the winner is told so, or that the tries are over.
      expect(statuses.every((status) => [200, 400, 409, 429].includes(status))).toBe(true);
      expect(await storedPerson(service.database, email)).toMatchObject({
        activated_at: expect.any(Date),
        used_at: expect.any(Date),
      });
    }
  });

  it('of many wrong codes five are evaluated, and the right one is refused afterwards', async () => {
    for (let round = 0; round < ROUNDS / 4; round += 1) {
      const { email, code } = await newPerson(service);
      const statuses = await atOnce((url) => activate(url, email, anotherCode(code)));
      expect(statuses).toEqual([...Array<number>(5).fill(400), ...Array<number>(AT_ONCE - 5).fill(429)]);
      expect((await activate(replica.url, email, code)).status).toBe(429);
      expect(await storedPerson(service.database, email)).toMatchObject({ attempts: 5, activated_at: null });
    }
  });

  it('one new code is mailed within the cooldown', async () => {
    for (let round = 0; round < ROUNDS / 4; round += 1) {
      const { email } = await newPerson(service);
      await letPass(service.database, email, 61);
      expect(await atOnce((url) => resend(url, email))).toEqual(oneOf(202, 429));
      await becomes(service.database, email, 'sent');
      expect(await mailsTo(service.mailbox, email, 2)).toHaveLength(2);
    }
  });

  it('an activation and a new code end with an active account or a code that works', async () => {
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      const { email, code } = await newPerson(service);
      await letPass(service.database, email, 61);
      const [activated, resent] = await Promise.all([
        activate(service.url, email, code),
        resend(replica.url, email),
      ]);
      const outcome = [activated.status, resent.status];
      expect([
        [200, 409],
        [200, 202],
        [400, 202],
      ]).toContainEqual(outcome);
      if (activated.status === 200) continue;
      expect((await activate(service.url, email, await codeFor(service.mailbox, email, 2))).status).toBe(200);
    }
  });

  it('a guess at a code that has run out and a new code: no try was too many', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email, code } = await newPerson(service);
      await letPass(service.database, email, 601);
      const [guess] = await Promise.all([
        activate(service.url, email, anotherCode(code)),
        resend(replica.url, email),
      ]);
      expect(guess.status).toBe(400);
    }
  });

  it('a new code and an erasure: whoever is erased is nobody, and was not active', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email } = await newPerson(service);
      await letPass(service.database, email, 61);
      const [{ status }] = await Promise.all([
        resend(service.url, email),
        service.database.sql('delete from users where email = $1', [email]),
      ]);
      expect([202, 401]).toContain(status);
    }
  });

  it('an activation at the last moment and a take-over never activate the account for another password', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email, code } = await newPerson(service);
      await service.database.sql(
        `with person as (update users set pending_until = now() where email = $1 returning id)
         update activation_codes set expires_at = now() + interval '15 ms' from person where user_id = person.id`,
        [email],
      );
      const before = await storedPerson(service.database, email);
      const [activated, taken] = await Promise.all([
        activate(service.url, email, code),
        register(replica.url, email, 'the password of the next'),
      ]);
      // 429: the refusal was looked up when the address had just been taken over, and blames the next code.
      expect([200, 400, 401, 429]).toContain(activated.status);
      expect([201, 409]).toContain(taken.status);
      const after = await storedPerson(service.database, email);
      const unchanged = after!.password_hash === before!.password_hash;
      expect(after!.activated_at === null || unchanged).toBe(true);
      expect(taken.status === 201).toBe(!unchanged);
    }
  });
});
