import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { startInbox } from '../../dev/inbox.mjs';
import { PATIENCE_MS, describeInBrowser } from '../support/browser.js';

describeInBrowser('the inbox page', (visit) => {
  let inbox: Awaited<ReturnType<typeof startInbox>>;

  beforeAll(async () => {
    inbox = await startInbox();
  });

  afterAll(() => inbox.stop());

  async function deliver(to: string, text: string, html = ''): Promise<void> {
    const transport = createTransport({ url: inbox.smtpUrl });
    await transport.sendMail({ from: 'service@example.test', to, subject: `To ${to}`, text, html });
    transport.close();
  }

  it(
    'shows each mail as it comes, with its code',
    async () => {
      const { page } = await visit({ origins: [inbox.url] });
      await page.goto(inbox.url);
      await page.getByText('No mail yet').waitFor();
      await page.getByText('live').waitFor();
      await deliver('first@example.com', 'Your code is 012345.');
      await page.getByLabel('Activation code').getByText('012345').waitFor();
      await deliver('second@example.com', 'Your code is 999999.');
      await page.getByLabel('Activation code').getByText('999999').waitFor();
      expect(await page.title()).toBe('Inbox (2)');
      await page.getByLabel('Search by address').fill('first');
      await page.getByLabel('Activation code').getByText('012345').waitFor();
      expect(await page.locator('#list button').count()).toBe(1);
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByText('No mail to “first”').waitFor();
    },
    3 * PATIENCE_MS,
  );

  it(
    "shows a mail's HTML without running it",
    async () => {
      const html = '<p>The <b>words</b></p><script>parent.document.title = "taken over"</script>';
      await deliver('html@example.com', 'words', html);
      const { page } = await visit({ origins: [inbox.url], expected: /Blocked script execution|sandboxed/ });
      await page.goto(inbox.url);
      await page.getByRole('tab', { name: 'HTML' }).click();
      await page.frameLocator('#html').getByText('The words').waitFor();
      expect(await page.title()).toMatch(/^Inbox/);
    },
    2 * PATIENCE_MS,
  );
});
