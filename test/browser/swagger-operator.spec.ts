import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NOT_LET_IN, PATIENCE_MS, describeInBrowser } from '../support/browser.js';
import { PASSWORD, newEmail } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { OPERATOR } from '../support/operator.js';
import { type Service, mailsTo, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';
import { Swagger } from '../support/swagger.js';

const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = OPERATOR;

describeInBrowser('Swagger for the operator alone', (visit) => {
  let smtp: ScriptedSmtp;
  let service: Service;

  beforeAll(async () => {
    smtp = await startSmtp();
    service = await startService({ ...OPERATOR, DOCS_ACCESS: 'admin', SMTP_URL: smtp.url });
  });

  afterAll(async () => {
    await service.stop();
    await smtp.stop();
  });

  const countDead = async () => (await service.database.sql(`select from mails where state = 'dead'`)).length;

  it(
    'opens for nobody else',
    async () => {
      const { page } = await visit({ origins: [service.url], expected: NOT_LET_IN });
      await expect(page.goto(`${service.url}/docs`)).rejects.toThrow(NOT_LET_IN);
    },
    2 * PATIENCE_MS,
  );

  it(
    'lists people and dead letters and sends those again, and signs in as a person all the same',
    async () => {
      const { page } = await visit({ origins: [service.url], credentials: { username, password } });
      const swagger = await Swagger.open(page, service.url);
      const register = await swagger.operation('register');
      const email = newEmail();
      smtp.mode = 'no-such-user';
      await register.body.fill(JSON.stringify({ email, password: PASSWORD }));
      expect(await register.execute()).toMatchObject({ status: 201 });
      await eventually(async () => (await countDead()) === 1);
      smtp.mode = 'ok';

      await swagger.authorize('operator', username, password);
      const people = await (await swagger.operation('listUsers')).execute();
      expect(people).toMatchObject({ status: 200, body: { items: [{ email }], next_cursor: null } });
      const list = await swagger.operation('listMails');
      await list.parameter('status').selectOption('dead');
      expect(await list.execute()).toMatchObject({ status: 200, body: { items: [{ to: email }] } });
      const retry = await (await swagger.operation('retryMails')).execute();
      expect(retry).toMatchObject({ status: 202, body: { count: 1 } });
      await mailsTo(smtp, email);

      // The browser knows the operator's password, and must not send it here.
      await swagger.authorize('account', email, PASSWORD);
      const account = await (await swagger.operation('getCurrentUser')).execute();
      expect(account).toMatchObject({ status: 200, body: { email } });
    },
    6 * PATIENCE_MS,
  );

  it(
    "leaves no way for another site's page to send with the operator's password",
    async () => {
      const site = createServer((_request, response) => {
        response.setHeader('content-type', 'text/html');
        response.end(
          `<form method=post action="${service.url}/v1/admin/mails/retry"><button>Win</button></form>`,
        );
      }).listen(0, '127.0.0.1');
      await once(site, 'listening');
      const other = `http://other.test:${(site.address() as AddressInfo).port}`;
      try {
        const credentials = { username, password };
        // 403 is what this is about; 404 is the icon that the browser looks for beside the document.
        const expected = /status of (403|404)/;
        const { page } = await visit({ origins: [service.url, other], credentials, expected });
        await page.goto(`${service.url}/openapi.json`);
        await page.goto(other);
        await page.getByRole('button').click();
        await page.waitForURL(`${service.url}/**`);
        expect(await page.innerText('body')).toContain('/problems/cross-site-request');
      } finally {
        site.close();
        site.closeAllConnections();
      }
    },
    3 * PATIENCE_MS,
  );
});
