import { afterEach, describe, expect, it } from '@jest/globals';
import { activate, newEmail, register, request } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { eventually } from '../support/eventually.js';
import { storedPerson } from '../support/person.js';
import { type Service, codeFor, mailsTo, startReplica, startService } from '../support/service.js';

let service: Service;

afterEach(() => service.stop());

describe('a worker', () => {
  it('serves its health and nothing of the API', async () => {
    service = await startService({ ROLE: 'worker', ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'pass:word' });
    for (const path of ['/health', '/health/live', '/health/ready']) {
      expect((await request(service.url, 'GET', path)).status).toBe(200);
    }
    const absent = ['/v1/registration', '/v1/activation', '/v1/users/me', '/v1/admin/users', '/admin/queues'];
    for (const path of [...absent, '/docs', '/openapi.json']) {
      for (const method of ['GET', 'POST']) {
        expectProblem(await request(service.url, method, path, { documented: false }), 404, 'not-found');
      }
    }
  });
});

describe('an api', () => {
  it('registers and sends no mail: the worker does, and what it sent works at the api', async () => {
    service = await startService({ ROLE: 'api', MAIL_FROM: 'api@service.test' });
    const smtp = { status: 'up' };
    expect((await request(service.url, 'GET', '/health/ready')).body).toMatchObject({
      status: 'ok',
      details: { smtp },
    });
    const emails = [newEmail(), newEmail(), newEmail()];
    for (const email of emails) expect((await register(service.url, email)).status).toBe(201);

    const worker = await startReplica({
      ...service.variables,
      ROLE: 'worker',
      MAIL_FROM: 'worker@service.test',
    });
    try {
      for (const email of emails) {
        // Each process writes its own sender: one mail of the api would be seen here.
        const mails = await mailsTo(service.mailbox, email);
        expect(mails.map(({ from }) => from)).toEqual(['worker@service.test']);
        expect((await activate(service.url, email, await codeFor(service.mailbox, email))).status).toBe(200);
        await eventually(async () => (await storedPerson(service.database, email))?.mails[0] === 'sent');
      }
      expect(service.mailbox.mails).toHaveLength(3);
    } finally {
      await worker.stop();
    }
  });
});
