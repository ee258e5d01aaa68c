import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { startInbox } from '../../dev/inbox.mjs';

let inbox: Awaited<ReturnType<typeof startInbox>>;

beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.stop());

async function deliver(to: string, text: string, html = ''): Promise<void> {
  const transport = createTransport({ url: inbox.smtpUrl });
  await transport.sendMail({ from: 'service@example.test', to, subject: 'Hello', text, html });
  transport.close();
}

async function mails(to: string): Promise<Array<{ id: string; code: string | null; to: string[] }>> {
  const answer = await fetch(`${inbox.url}/mails?to=${encodeURIComponent(to)}`);
  return (await answer.json()) as Array<{ id: string; code: string | null; to: string[] }>;
}

it('lists the mails to one address, newest first, with their codes', async () => {
  await deliver('list@example.com', 'Your code is 012345, good until 2027.');
  await deliver('list@example.com', 'No digits in here.');
  await deliver('other@example.com', 'Your code is 999999.');
  expect((await mails('LIST@example.com')).map(({ code }) => code)).toEqual([null, '012345']);
});

it('tells open pages of a new mail', async () => {
  const events = await fetch(`${inbox.url}/events`);
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  await deliver('event@example.com', 'now');
  let seen = '';
  while (!seen.includes('event: mail')) seen += (await reader.read()).value ?? '';
  await reader.cancel();
  expect(seen).toContain('data: {"id":');
});

it("serves a mail's HTML without the right to run or to load anything", async () => {
  await deliver('html@example.com', 'text', '<script>alert(1)</script>');
  const [mail] = await mails('html@example.com');
  const answer = await fetch(`${inbox.url}/mails/${mail!.id}/html`);
  const policy = answer.headers.get('content-security-policy')?.split('; ');
  expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", 'sandbox']));
});

it('forgets the mails it is told to', async () => {
  await deliver('gone@example.com', 'text');
  await deliver('stays@example.com', 'text');
  const answer = await fetch(`${inbox.url}/mails?to=gone@example.com`, { method: 'DELETE' });
  expect([answer.status, await mails('gone@example.com')]).toEqual([204, []]);
  expect(await mails('stays@example.com')).toHaveLength(1);
});

it('answers nobody who calls it by a foreign name, as a page behind a rebound DNS name does', async () => {
  const status = await new Promise((resolve, reject) => {
    const asked = httpRequest(`${inbox.url}/mails`, { headers: { host: 'attacker.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once('error', reject).end();
  });
  expect(status).toBe(403);
});
