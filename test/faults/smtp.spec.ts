import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, statusOf } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { newestMail } from '../support/mails.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { describeOnBothBackends } from '../support/redis.js';
import { type Service, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

/** The deadline of a send, that of the look whether the server is there (Mailer), and some more, milliseconds. */
const GIVING_UP_MS = 30_000;

/** As many mails are sent at once when SMTP_URL says nothing. */
const CONNECTIONS = 10;

/** A little less than the pause between two looks whether the server is back, milliseconds. */
const PAUSE_MS = 2_500;

/** Never greets; greets and then never ends a sentence. */
const stubborn = ['silent', 'drip'] as const;

const cleanup = useCleanup();

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

async function startWith(smtp: ScriptedSmtp, variables: NodeJS.ProcessEnv = {}): Promise<Service> {
  return cleanup(await startService({ ...variables, SMTP_URL: smtp.url }));
}

async function registerSome(service: Service, count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, newEmail);
  for (const email of emails) expect((await register(service.url, email)).status).toBe(201);
  return emails;
}

interface Patient {
  smtp: ScriptedSmtp;
  service: Service;
  emails: string[];
}

/** Started before all tests and looked at by the last ones, because giving up takes as long as all the others. */
const patients = new Map<string, Patient>();

beforeAll(async () => {
  for (const mode of stubborn) {
    const smtp = await startSmtp(mode);
    const service = await startService({ SMTP_URL: smtp.url });
    patients.set(mode, { smtp, service, emails: await registerSome(service, 1) });
    await eventually(() => smtp.connections.length > 1, { what: 'a look, and a send' });
    // Its deadline must outlive that: on Node 20 an AbortSignal.timeout() inside an AbortSignal.any() does not.
    collectGarbage();
  }
});

afterAll(async () => {
  for (const { smtp, service } of patients.values()) {
    await service.stop();
    await smtp.stop();
  }
});

describeOnBothBackends('an SMTP server that is away', (startBackend) => {
  it('costs no mail and no try: when it is back every mail arrives once and its code works', async () => {
    const { variables } = cleanup(await startBackend());
    const smtp = cleanup(await startSmtp());
    const service = await startWith(smtp, variables);
    await smtp.stop();
    const emails = await registerSome(service, 8);
    await eventually(async () => (await statusOf('smtp', service.url)) === 'degraded');
    await smtp.start();
    expect(await outcomes(service.url, smtp, emails)).toEqual(emails.map(() => deliveredOnce));
    for (const email of emails) {
      expect(await newestMail(service.database, email)).toMatchObject({ state: 'sent', attempts: 1 });
    }
    expect(await statusOf('smtp', service.url)).toBe('up');
  });

  it('is asked seldom whether it is back', async () => {
    const { variables } = cleanup(await startBackend());
    const smtp = cleanup(await startSmtp());
    const service = await startWith(smtp, variables);
    await eventually(() => smtp.connections.length === 1, { what: 'the first look' });
    smtp.mode = 'busy';
    const emails = await registerSome(service, 3 * CONNECTIONS);
    await eventually(async () => (await statusOf('smtp', service.url)) === 'degraded');
    const knocks = () =>
      smtp.connections.filter((at, index, all) => index > 0 && at - all[index - 1]! >= PAUSE_MS).length;
    await eventually(() => knocks() === 2, { what: 'two knocks, each after a pause', within: 20_000 });
    // So many sends at most were under way when it was found out, each with a look whether the server is there.
    expect(smtp.connections.length).toBeLessThanOrEqual(1 + 2 * CONNECTIONS + 2);
    smtp.mode = 'ok';
    expect(await outcomes(service.url, smtp, emails)).toEqual(emails.map(() => deliveredOnce));
  });
});

it('a server that goes away while there are no mails is noticed', async () => {
  const smtp = cleanup(await startSmtp());
  const service = await startWith(smtp);
  await eventually(() => smtp.connections.length === 1 && smtp.open === 0, { what: 'the first look' });
  expect(await statusOf('smtp', service.url)).toBe('up');
  await smtp.stop();
  await eventually(async () => (await statusOf('smtp', service.url)) === 'degraded', { within: 40_000 });
});

it('a server that refuses our password is asked twice a minute, not more', async () => {
  const smtp = cleanup(await startSmtp('bad-credentials'));
  const service = cleanup(await startService({ SMTP_URL: smtp.url.replace('//', '//user:secret@') }));
  await eventually(async () => (await statusOf('smtp', service.url)) === 'degraded');
  const before = smtp.connections.length;
  const start = Date.now();
  await eventually(() => smtp.connections.length > before, { within: 40_000, what: 'another sign-in' });
  expect(Date.now() - start).toBeGreaterThan(25_000);
});

it('a slow server is waited for, and gets one copy', async () => {
  const smtp = cleanup(await startSmtp('hold'));
  const service = await startWith(smtp);
  const emails = await registerSome(service, 3);
  await eventually(() => smtp.holding === 3, { what: 'three mails on the wire' });
  smtp.release();
  expect(await outcomes(service.url, smtp, emails)).toEqual(emails.map(() => deliveredOnce));
});

it('a server that lets in fewer connections than we make is not taken for one that is away', async () => {
  const smtp = cleanup(await startSmtp('hold'));
  smtp.room = 2;
  const service = await startWith(smtp);
  const emails = await registerSome(service, 6);
  await eventually(() => smtp.holding === 2, { what: 'two mails on the wire' });
  // Each of the other four was refused, and so was the look whether the server is there.
  await eventually(() => smtp.connections.length >= 1 + 2 + 4 * 2, { what: 'four that were refused' });
  smtp.release();
  expect(await outcomes(service.url, smtp, emails)).toEqual(emails.map(() => deliveredOnce));
  // A try is only counted when the server was there.
  const mails = await Promise.all(emails.map((email) => newestMail(service.database, email)));
  expect(mails.filter(({ attempts }) => attempts === 2)).toHaveLength(4);
});

it('no more connections are made than SMTP_URL says, and no more mails taken than can be sent', async () => {
  const smtp = cleanup(await startSmtp('hold'));
  const service = cleanup(await startService({ SMTP_URL: `${smtp.url}?maxConnections=2` }));
  const emails = await registerSome(service, 6);
  await eventually(() => smtp.holding === 2, { what: 'two mails on the wire' });
  const taken = `select from mails where lease_until is not null`;
  expect(await service.database.sql(taken)).toHaveLength(2);
  smtp.release();
  expect(await outcomes(service.url, smtp, emails)).toEqual(emails.map(() => deliveredOnce));
  // And one to look whether the server is there.
  expect(smtp.connections).toHaveLength(2 + 1);
});

it.each(stubborn)('a server that is %s is given up, and asked again later', async (mode) => {
  const { smtp, service, emails } = patients.get(mode)!;
  await eventually(
    async () =>
      /Greeting never received|timeout/.test(
        (await newestMail(service.database, emails[0]!)).last_error ?? '',
      ),
    { within: GIVING_UP_MS },
  );
  expect(await statusOf('smtp', service.url)).toBe('degraded');
  smtp.mode = 'ok';
  expect(await outcomes(service.url, smtp, emails)).toEqual([deliveredOnce]);
});
