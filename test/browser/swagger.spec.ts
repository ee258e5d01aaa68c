import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startInbox } from '../../dev/inbox.mjs';
import { PATIENCE_MS, describeInBrowser } from '../support/browser.js';
import { newEmail, register } from '../support/client.js';
import { OPERATOR } from '../support/operator.js';
import { type Service, startService } from '../support/service.js';
import { Swagger } from '../support/swagger.js';

describeInBrowser('Swagger', (visit) => {
  let inbox: Awaited<ReturnType<typeof startInbox>>;
  let service: Service;

  beforeAll(async () => {
    inbox = await startInbox();
    service = await startService({ ...OPERATOR, SMTP_URL: inbox.smtpUrl });
  });

  afterAll(async () => {
    await service.stop();
    await inbox.stop();
  });

  it(
    'leads to an active account with what it has filled in, and the code from the inbox page',
    async () => {
      const visitor = await visit({ origins: [service.url, inbox.url] });
      const swagger = await Swagger.open(visitor.page, service.url);
      await visitor.picture('swagger');

      const registration = await (await swagger.operation('register')).execute();
      expect(registration).toMatchObject({ status: 201, body: { email: 'ada@example.com' } });

      const inboxPage = await visitor.open(inbox.url);
      const code = await inboxPage.getByLabel('Activation code').filter({ hasText: /\d{6}/ }).innerText();
      await visitor.picture('inbox', inboxPage);
      await inboxPage.close();

      await swagger.authorize('account', 'ada@example.com', 'correct horse battery');
      const activate = await swagger.operation('activate');
      expect(await activate.body.inputValue()).toMatch(/^\{\s*"code": "\d{6}"\s*\}$/);
      await activate.body.fill(JSON.stringify({ code }));
      expect(await activate.execute()).toMatchObject({ status: 200, body: { is_active: true } });

      const account = await (await swagger.operation('getCurrentUser')).execute();
      expect(account).toMatchObject({ status: 200, body: { email: 'ada@example.com', is_active: true } });
    },
    6 * PATIENCE_MS,
  );

  it(
    'leads to the page of each problem, and works under any name and with any letters in a password',
    async () => {
      const [email, password] = [newEmail(), 'Grüße, пароль, 正確な馬'];
      await register(service.url, email, password);
      const url = service.url.replace('127.0.0.1', 'registration.test');
      // Headers that count over HTTPS alone.
      const expected = /Cross-Origin-Opener-Policy|Origin-Agent-Cluster/;
      const { page } = await visit({ origins: [url], expected });
      const swagger = await Swagger.open(page, url);
      await page.getByText('All types of problems').click();
      const opened = page.context().waitForEvent('page');
      await page.getByRole('link', { name: 'expired-activation-code' }).click();
      const problem = await opened;
      expect(await problem.getByRole('heading').innerText()).toBe('Expired activation code');
      expect(await problem.getByRole('link').getAttribute('href')).toBe('/docs');
      await problem.close();

      await swagger.authorize('account', email, password);
      const account = await (await swagger.operation('getCurrentUser')).execute();
      expect(account).toMatchObject({ status: 200, body: { email } });
    },
    3 * PATIENCE_MS,
  );
});
