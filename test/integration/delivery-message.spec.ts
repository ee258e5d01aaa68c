import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeCertificates } from '../support/certificates.js';
import { useCleanup } from '../support/cleanup.js';
import { newEmail, register, statusOf } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { becomes, newestMail, personWhoWaits } from '../support/mails.js';
import { type Mail, type Service, mailsTo, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const cleanup = useCleanup();
let smtp: ScriptedSmtp;
let service: Service;

beforeAll(async () => {
  smtp = await startSmtp();
  service = await startService({ SMTP_URL: smtp.url });
});

afterAll(async () => {
  await service.stop();
  await smtp.stop();
});

/** How often a header stands in a message as it went over the wire. */
function countHeader({ raw }: Mail, name: string): number {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
  return head.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name}:`)).length;
}

async function newMail(): Promise<{ email: string; mail: Mail }> {
  const email = newEmail();
  await register(service.url, email);
  const [mail] = await mailsTo(smtp, email);
  return { email, mail: mail! };
}

describe('an activation mail', () => {
  it('goes to the stored address and to nobody else', async () => {
    const { email, mail } = await newMail();
    expect(mail.to).toEqual([email]);
    expect(smtp.recipients.filter((address) => address === email)).toHaveLength(1);
    expect(mail.headers).toMatchObject({ to: email });
    expect(['to', 'cc', 'bcc'].map((name) => countHeader(mail, name))).toEqual([1, 0, 0]);
  });

  it('says who it is from, that a machine wrote it, and which mail it is', async () => {
    const { email, mail } = await newMail();
    const { id } = await newestMail(service.database, email);
    expect(mail.from).toBe('no-reply@service.test');
    expect(mail.headers).toMatchObject({ 'auto-submitted': 'auto-generated' });
    expect(mail.messageId).toBe(`<${id}@service.test>`);
    expect(countHeader(mail, 'message-id')).toBe(1);
  });

  it('leaves in one piece, and then the dot: over TLS that is a record each', async () => {
    const certificates = makeCertificates();
    cleanup({ stop: async () => certificates.stop() });
    const tls = cleanup(await startSmtp('ok', certificates.valid));
    const { url } = cleanup(await startService({ SMTP_URL: `${tls.url}?tls.rejectUnauthorized=false` }));
    const email = newEmail();
    await register(url, email);
    await mailsTo(tls, email);
    expect(tls.pieces).toBeLessThanOrEqual(2);
  });

  it('carries the same code as text and as HTML, and its life', async () => {
    const { mail } = await newMail();
    const code = /\b\d{6}\b/.exec(mail.text)![0];
    expect(mail.headers['content-type']).toContain('multipart/alternative');
    expect(mail.html).toContain(`>${code}<`);
    expect(mail.text).toContain('10 minutes');
    expect(mail.html).toContain('10 minutes');
    expect(mail.subject).not.toContain(code);
  });

  it('tells a life of less than two minutes in seconds', async () => {
    const { url, mailbox } = cleanup(await startService({ ACTIVATION_CODE_TTL_SECONDS: '90' }));
    const email = newEmail();
    await register(url, email);
    const [mail] = await mailsTo(mailbox, email);
    expect(mail).toMatchObject({
      text: expect.stringContaining('It works for 90 seconds.'),
      html: expect.stringContaining('It works for 90 seconds.'),
    });
  });
});

/** Plants the address before its mail is sent. */
async function plant(poison: string): Promise<void> {
  const { email, tryAgain } = await personWhoWaits(service, smtp);
  await service.database.sql('update users set email = $1 where email = $2', [poison, email]);
  await tryAgain();
}

describe('a poisoned address in the database', () => {
  beforeAll(async () => {
    await service.database.sql('alter table users drop constraint users__email_is_canonical');
  });

  it.each([
    ['victim@example.com, evil@evil.test'],
    ['victim@example.com;evil@evil.test'],
    ['victim@example.com evil@evil.test'],
    ['group: victim@example.com, evil@evil.test;'],
    ['victim@example.com <evil@evil.test>'],
    ['<victim@example.com>,<evil@evil.test>'],
    ['victim@example.com\r\nBcc: evil@evil.test'],
    ['victim@example.com>\r\nRCPT TO:<evil@evil.test'],
    ['victim@example.com\r\n.\r\nRCPT TO:<evil@evil.test>'],
    ['"victim@example.com, evil@evil.test" <evil@evil.test>'],
  ])('%j reaches nobody', async (poison) => {
    await plant(poison);
    expect(await becomes(service.database, poison, 'dead')).toMatchObject({
      last_error: 'the stored address is none',
    });
    expect(smtp.recipients.filter((address) => /evil|victim/.test(address))).toEqual([]);
  });

  // nodemailer takes a control character out of an address that it gets as a string. As an object it stays apart from the
  // other address, and the server has the last word on it.
  it('is not mended into the address of somebody else', async () => {
    const poison = 'victim@exam\u0001ple.com';
    await plant(poison);
    await eventually(async () => (await newestMail(service.database, poison)).state !== 'pending');
    expect(smtp.recipients.filter((address) => address.includes('victim'))).toEqual(['victim@exam ple.com']);
  });
});

/** A server that is not this machine, as far as the settings tell, and offers no encryption. */
async function startInProduction(query = ''): Promise<Service> {
  const url = `smtp://0.0.0.0:${smtp.port}${query}`;
  return cleanup(
    await startService({
      NODE_ENV: 'production',
      HTTPS_ONLY: 'false',
      DOCS_ACCESS: 'public',
      SMTP_URL: url,
    }),
  );
}

describe('in production', () => {
  it('a mail leaves this machine encrypted or not at all', async () => {
    const production = await startInProduction();
    const email = newEmail();
    expect((await register(production.url, email)).status).toBe(201);
    // Whoever finds out first, the look at the server or the mail, stops the other.
    await eventually(async () => (await statusOf('smtp', production.url)) === 'degraded');
    expect((await newestMail(production.database, email)).state).toBe('pending');
    expect(smtp.recipients).not.toContain(email);
  });

  it('unless the operator says that this server cannot', async () => {
    const production = await startInProduction('?requireTLS=false');
    const email = newEmail();
    expect((await register(production.url, email)).status).toBe(201);
    expect(await mailsTo(smtp, email)).toHaveLength(1);
  });
});
