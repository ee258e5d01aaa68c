import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NOT_LET_IN, PATIENCE_MS, describeInBrowser } from '../support/browser.js';
import { newDeadLetter } from '../support/mails.js';
import { OPERATOR, admin } from '../support/operator.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Service, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

const credentials = { username: OPERATOR.ADMIN_USERNAME, password: OPERATOR.ADMIN_PASSWORD };

describeInBrowser('in a browser', (visit) => {
  describeOnBothBackends('the queue board', (startBackend) => {
    let backend: Backend;
    let smtp: ScriptedSmtp;
    let service: Service;

    beforeAll(async () => {
      backend = await startBackend();
      smtp = await startSmtp();
      service = await startService({ ...OPERATOR, ...backend.variables, SMTP_URL: smtp.url });
    });

    afterAll(async () => {
      await service.stop();
      await smtp.stop();
      await backend.stop();
    });

    const boardUrl = () => `${service.url}/admin/queues`;

    it(
      'shows a dead letter by its id, not whom it was for, and nothing to press',
      async () => {
        const { email, mailId } = await newDeadLetter(service, smtp);
        const visitor = await visit({ origins: [service.url], credentials });
        const { page } = visitor;
        await page.goto(boardUrl());
        await page.getByText('1 Job').waitFor();
        await page.getByText('mail-dead-letter').first().click();
        await page.getByText(`"${mailId}"`).waitFor();
        await visitor.picture('queue-board');
        const buttons = await page.locator('main').getByRole('button').allInnerTexts();
        expect(buttons.filter((text) => text !== '')).toEqual(['No workers']);
        for (const tab of ['Options', 'Error', 'Data']) {
          await page.getByRole('tab', { name: tab }).click();
          expect(await page.innerText('body')).not.toContain(email.split('@')[0]);
        }
        smtp.mode = 'ok';
        await admin(service, 'POST', '/mails/retry');
        await page.getByText('No latest jobs in this queue.').waitFor();
      },
      4 * PATIENCE_MS,
    );

    it(
      'opens for nobody else',
      async () => {
        const { page } = await visit({ origins: [service.url], expected: NOT_LET_IN });
        await expect(page.goto(boardUrl())).rejects.toThrow(NOT_LET_IN);
      },
      2 * PATIENCE_MS,
    );
  });
});
