import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, newEmail, register, request, whoAmI } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { logLines, logText } from '../support/log.js';
import { letPass, newActivePerson, newPerson, storedPerson } from '../support/person.js';
import { type Service, mailsTo, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

describe('a registration', () => {
  it('makes a pending account, a code that lives ten minutes and one mail, and tells nobody the password', async () => {
    const email = newEmail();
    const password = 'canary with an ä and 😀';
    const answer = await register(service.url, email, password);
    expect(answer.status).toBe(201);

    const [mail] = await mailsTo(service.mailbox, email);
    const stored = await eventually(async () => {
      const person = await storedPerson(service.database, email);
      return person?.mails[0] === 'sent' && person;
    });
    expect(stored).toMatchObject({
      id: answer.body['id'],
      email,
      activated_at: null,
      held: true,
      mails: ['sent'],
    });
    expect(stored).toMatchObject({ attempts: 0, codes_issued: 1, used_at: null });
    expect(stored.password_hash).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(stored.code_life).toBeGreaterThan(590);
    expect(stored.code_life).toBeLessThanOrEqual(600);

    expect(mail).toMatchObject({
      to: [email],
      from: 'no-reply@service.test',
      subject: 'Your activation code',
    });
    expect(mail!.headers['auto-submitted']).toBe('auto-generated');
    expect(mail!.raw).not.toContain('canary');
    expect(mail!.html).toContain(/\b\d{6}\b/.exec(mail!.text)![0]);

    const ofRequest = () => logLines(({ requestId }) => requestId === answer.headers.get('x-request-id'));
    const lines = await eventually(() => ofRequest().length === 3 && ofRequest(), {
      what: 'its three log lines',
    });
    expect(lines.map(({ event, user_id, status }) => ({ event, user_id, status }))).toEqual([
      { event: 'registration.accepted', user_id: stored.id, status: undefined },
      { event: 'http.request', user_id: undefined, status: 201 },
      { event: 'mail.sent', user_id: undefined, status: undefined },
    ]);
    expect(logText()).not.toContain('canary');
    expect(logText()).not.toContain(email);
    expect(service.mailbox.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  it('stores one hash a password: two people with the same one do not look alike', async () => {
    const [a, b] = [await newPerson(service), await newPerson(service)];
    const hashes = [
      await storedPerson(service.database, a.email),
      await storedPerson(service.database, b.email),
    ];
    expect(hashes[0]!.password_hash).not.toBe(hashes[1]!.password_hash);
  });

  it('holds no code in the database', async () => {
    const { email, code } = await newPerson(service, 'no digits in this one');
    const [row] = await service.database.sql<{ dump: string }>(
      `select to_jsonb(users)::text || to_jsonb(activation_codes)::text || to_jsonb(mails)::text as dump
       from users join activation_codes on activation_codes.user_id = users.id join mails on mails.user_id = users.id
       where email = $1`,
      [email],
    );
    // Hexadecimal ids and fractions of seconds hold any six digits now and then, but not by themselves.
    expect(row!.dump).not.toMatch(new RegExp(`(?<![\\w.+:-])${code}(?![\\w.+:-])`));
  });

  it('drops members that nobody knows: they are neither stored nor obeyed', async () => {
    const email = newEmail();
    const extra = {
      id: '00000000-0000-7000-8000-000000000000',
      is_active: true,
      activated_at: 'now',
      role: 'canary',
    };
    const answer = await request(service.url, 'POST', '/v1/registration', {
      body: { ...extra, email, password: PASSWORD },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ is_active: false });
    expect(answer.body['id']).not.toBe(extra.id);
    const stored = await storedPerson(service.database, email);
    expect(stored).toMatchObject({ activated_at: null });
    expect(JSON.stringify(stored)).not.toContain('canary');
  });
});

describe('an address that is held is refused', () => {
  it('while its code lives, with the seconds until it is free', async () => {
    const { email } = await newPerson(service);
    await letPass(service.database, email, 100);
    const answer = await register(service.url, email, 'another password');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: '/problems/email-already-registered' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(495);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(500);
    expect((await whoAmI(service.url, email)).status).toBe(200);
    expect((await whoAmI(service.url, email, 'another password')).status).toBe(401);
    expect(await storedPerson(service.database, email)).toMatchObject({ codes_issued: 1, mails: ['sent'] });
  });

  it('in whatever form it is written', async () => {
    const { email } = await newPerson(service);
    for (const form of [email.toUpperCase(), `  ${email}\t`]) {
      expect((await register(service.url, form)).status).toBe(409);
    }
  });

  it('for ever when it is active, without a retry-after, however old it is', async () => {
    const person = await newActivePerson(service);
    await letPass(service.database, person.email, 400 * 86_400);
    const before = await storedPerson(service.database, person.email);
    const answer = await register(service.url, person.email, 'another password');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: '/problems/email-already-registered' });
    expect(answer.headers.has('retry-after')).toBe(false);
    expect({ ...(await storedPerson(service.database, person.email)), code_life: 0 }).toEqual({
      ...before,
      code_life: 0,
    });
  });
});

it('a tag makes another address', async () => {
  const email = newEmail();
  expect((await register(service.url, email)).status).toBe(201);
  expect((await register(service.url, email.replace('@', '+tag@'))).status).toBe(201);
});

it('an international address is answered, stored and written to in its ASCII form', async () => {
  const local = newEmail().split('@')[0]!;
  const answer = await register(service.url, ` ${local.toUpperCase()}@MÜNCHEN.example `);
  const canonical = `${local}@xn--mnchen-3ya.example`;
  expect(answer).toMatchObject({ status: 201, body: { email: canonical } });
  // The mailbox shows recipients as people read them; the header is as it was sent.
  const [mail] = await mailsTo(service.mailbox, `${local}@münchen.example`);
  expect(mail!.headers['to']).toBe(canonical);
  expect((await whoAmI(service.url, `${local}@münchen.example`)).status).toBe(200);
});
