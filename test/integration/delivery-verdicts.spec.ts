import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, statusOf } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { becomes, deadLetterQueueOf, newestMail, putOff } from '../support/mails.js';
import { deliveredOnce, outcomes } from '../support/outcomes.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Service, mailsTo, startReplica, startService } from '../support/service.js';
import { type ScriptedSmtp, type SmtpMode, startSmtp } from '../support/smtp.js';

const cleanup = useCleanup();

describeOnBothBackends('what the SMTP server says', (startBackend) => {
  let backend: Backend;
  let smtp: ScriptedSmtp;
  let service: Service;

  beforeAll(async () => {
    backend = await startBackend();
    smtp = await startSmtp();
    service = await startService({ ...backend.variables, SMTP_URL: smtp.url });
  });

  afterEach(() => {
    smtp.release();
  });

  afterAll(async () => {
    await service.stop();
    await smtp.stop();
    await backend.stop();
  });

  /** Somebody registers while the server behaves like that. */
  async function registerWhile(mode: SmtpMode): Promise<string> {
    smtp.mode = mode;
    const email = newEmail();
    expect((await register(service.url, email)).status).toBe(201);
    return email;
  }

  /** Waits for the refusal, and lets the time until the next try pass. */
  async function tryAgain(email: string): Promise<void> {
    const job = await putOff(service, (await newestMail(service.database, email)).id);
    await job.promote();
  }

  function tries(email: string): number {
    return smtp.recipients.filter((address) => address === email).length;
  }

  it.each([
    ['no-such-user', '550 5.1.1'],
    ['refuse', '554 5.7.1'],
  ] as const)(
    '%s: a dead letter after one try, with the reason (%s), and the next mail passes',
    async (mode, reason) => {
      const email = await registerWhile(mode);
      const mail = await becomes(service.database, email, 'dead');
      expect(mail).toMatchObject({ attempts: 1, last_error: expect.stringContaining(reason) });
      const letters = deadLetterQueueOf(service);
      await eventually(async () => (await letters.getWaiting()).some(({ data }) => data.mailId === mail.id));
      expect(tries(email)).toBe(1);
      expect(await outcomes(service.url, smtp, [await registerWhile('ok')])).toEqual([deliveredOnce]);
    },
  );

  it('our own address refused: nobody is given up for that, and all is sent when it is mended', async () => {
    const email = await registerWhile('no-such-sender');
    const job = await putOff(service, (await newestMail(service.database, email)).id);
    expect(await newestMail(service.database, email)).toMatchObject({
      state: 'pending',
      attempts: 1,
      last_error: expect.stringContaining('550 5.7.60'),
    });
    smtp.mode = 'ok';
    await job.promote();
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('greylisted twice: tried until it is taken, never dead', async () => {
    smtp.greylist = 2;
    const email = await registerWhile('ok');
    await tryAgain(email);
    await eventually(async () => (await newestMail(service.database, email)).attempts === 2);
    const twiceFailed = await putOff(service, (await newestMail(service.database, email)).id);
    expect(twiceFailed.stacktrace).toHaveLength(1);
    await tryAgain(email);
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
    expect(await becomes(service.database, email, 'sent')).toMatchObject({ attempts: 3, last_error: null });
    expect(tries(email)).toBe(3);
  });

  it('put off after the message: tried again, five seconds later at first', async () => {
    const email = await registerWhile('defer');
    const job = await putOff(service, (await newestMail(service.database, email)).id);
    expect(job.delay).toBeGreaterThanOrEqual(4_000);
    expect(job.delay).toBeLessThanOrEqual(6_000);
    expect(await newestMail(service.database, email)).toMatchObject({
      state: 'pending',
      last_error: expect.stringContaining('451'),
    });
    smtp.mode = 'ok';
    await job.promote();
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('reply lost after the message: one copy more at most, the same in Message-ID and code', async () => {
    const email = await registerWhile('lose-reply');
    await mailsTo(smtp, email);
    smtp.mode = 'ok';
    await tryAgain(email);
    await becomes(service.database, email, 'sent');
    const [first, second, ...more] = await mailsTo(smtp, email, 2);
    expect(more).toEqual([]);
    expect(second!.messageId).toBe(first!.messageId);
    expect(second!.text).toBe(first!.text);
  });

  it('taken, and hung up on: sent once', async () => {
    const email = await registerWhile('drop');
    await becomes(service.database, email, 'sent');
    smtp.mode = 'ok';
    expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
  });

  it('put off for more than a day: dead, with the last reason', async () => {
    const email = await registerWhile('defer');
    const { id } = await newestMail(service.database, email);
    await putOff(service, id);
    await service.database.sql(`update mails set trying_since = now() - interval '25 hours' where id = $1`, [
      id,
    ]);
    await tryAgain(email);
    expect(await becomes(service.database, email, 'dead')).toMatchObject({
      attempts: 2,
      last_error: expect.stringContaining('451 4.3.0'),
    });
  });
});

it('a server that is away for more than a day makes no dead letters, also of a worker that starts meanwhile', async () => {
  const smtp = cleanup(await startSmtp());
  const service = cleanup(await startService({ ROLE: 'api', SMTP_URL: smtp.url }));
  await smtp.stop();
  const email = newEmail();
  await register(service.url, email);
  await service.database.sql(`update mails set trying_since = now() - interval '25 hours', due_at = now()`);
  const worker = cleanup(await startReplica({ ...service.variables, ROLE: 'worker' }));
  await eventually(async () => (await statusOf('smtp', worker.url)) === 'degraded');
  // The look at the server may have been sooner than a try that is under way, which is given back.
  await eventually(async () => (await newestMail(service.database, email)).attempts === 0);
  expect(await newestMail(service.database, email)).toMatchObject({ state: 'pending', attempts: 0 });
  await smtp.start();
  expect(await outcomes(service.url, smtp, [email])).toEqual([deliveredOnce]);
});
