import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PASSWORD, basic, newEmail, register, request } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/expectations.js';
import { newDeadLetter } from '../support/mails.js';
import { OPERATOR, asOperator, mailInState } from '../support/operator.js';
import { newPerson } from '../support/person.js';
import { board, queuesOnBoard } from '../support/queue-board.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Service, startService } from '../support/service.js';
import { type ScriptedSmtp, startSmtp } from '../support/smtp.js';

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

  beforeEach(() => {
    smtp.mode = 'ok';
  });

  it('lists both queues, for reading only', async () => {
    const queues = await queuesOnBoard(service, 'mail');
    expect(queues.map(({ name, readOnlyMode }) => ({ name, readOnlyMode }))).toEqual([
      { name: 'mail', readOnlyMode: true },
      { name: 'mail-dead-letter', readOnlyMode: true },
    ]);
  });

  it('shows its page and the scripts of it to the operator, under the headers of a page', async () => {
    const page = await board(service, '/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('Mail queues');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/https?:/);
    expect(page.headers.has('x-powered-by')).toBe(false);
    const [, script] = /src="([^"]+\.js)"/.exec(page.text)!;
    const code = await request(
      service.url,
      'GET',
      new URL(script!, `${service.url}/admin/queues/`).pathname,
      {
        auth: asOperator,
        documented: false,
      },
    );
    expect(code.status).toBe(200);
    expect(code.headers.get('content-type')).toContain('javascript');
  });

  it.each(['', '/', '/api/queues', '/api/redis/stats', '/queue/mail', '/static/favicon-32x32.png'])(
    'is closed at %j to everybody else',
    async (path) => {
      const { email } = await newPerson({ ...service, mailbox: smtp });
      for (const auth of [basic('operator', 'wrong'), basic(email, PASSWORD)]) {
        const answer = await board(service, path, { auth });
        expectProblem(answer, 401, 'invalid-credentials');
        expect(answer.headers.get('www-authenticate')).toBe('Basic realm="operator", charset="UTF-8"');
      }
      const answer = await request(service.url, 'GET', `/admin/queues${path}`, { documented: false });
      expectProblem(answer, 401, 'invalid-credentials');
    },
  );

  it('holds nothing of a person but the id of the mail', async () => {
    const { email, mailId } = await newDeadLetter(service, smtp);
    smtp.mode = 'defer';
    const waiting = newEmail();
    const { body } = await register(service.url, waiting);
    await eventually(async () => {
      const mail = await mailInState(service, body['id'], 'pending');
      return mail['last_error'] !== null;
    });
    const shown = JSON.stringify([
      await queuesOnBoard(service, 'mail'),
      await queuesOnBoard(service, 'mail-dead-letter'),
    ]);
    expect(shown).toContain(mailId);
    for (const secret of [email, waiting, email.split('@')[0]!, PASSWORD, body['id']]) {
      expect(shown).not.toContain(secret);
    }
  });

  it('refuses to change anything', async () => {
    const { mailId } = await newDeadLetter(service, smtp);
    const before = await jobCounts();
    const job = `/api/queues/mail-dead-letter/mail-${mailId}`;
    for (const [method, path, body] of [
      ['PUT', `${job}/retry`],
      ['PUT', `${job}/clean`],
      ['PUT', `${job}/promote`],
      ['PATCH', `${job}/update-data`, { jobData: { mailId: 'another' } }],
      ['PATCH', `${job}/priority`, { priority: 1 }],
      ['PUT', '/api/queues/mail-dead-letter/retry/failed'],
      ['PUT', '/api/queues/mail-dead-letter/clean/waiting'],
      ['PUT', '/api/queues/mail-dead-letter/empty'],
      ['PUT', '/api/queues/mail-dead-letter/obliterate', { force: true }],
      ['PUT', '/api/queues/mail/concurrency', { concurrency: 0 }],
      ['PUT', '/api/queues/mail/pause'],
      ['PUT', '/api/queues/mail/resume'],
      ['PUT', '/api/queues/mail/rate-limit', { max: 1, duration: 1_000_000 }],
      ['POST', '/api/queues/mail/add', { name: 'send', data: { mailId } }],
    ] as Array<[string, string, object?]>) {
      const answer = await board(service, path, { method, body: body ?? {} });
      expect({ path, status: answer.status }).toEqual({ path, status: 405 });
    }
    expect(await jobCounts()).toEqual(before);
  });

  it.each(['{', JSON.stringify('x'.repeat(200_000))])('refuses what it cannot read', async (body) => {
    const answer = await board(service, '/api/queues/mail/pause', { method: 'PUT', body });
    expectProblem(answer, 400, 'bad-request');
  });

  it('cannot stop all queues at once', async () => {
    expect((await board(service, '/api/queues/pause', { method: 'PUT' })).status).toBeLessThan(500);
    const person = newPerson({ ...service, mailbox: smtp });
    await expect(person).resolves.toMatchObject({ code: expect.any(String) });
  });

  async function jobCounts(): Promise<unknown> {
    const queues = await queuesOnBoard(service, 'mail-dead-letter');
    return queues.find(({ name }) => name === 'mail-dead-letter')!.counts;
  }
});

describe('while plain HTTP is refused', () => {
  it('the board is refused as well', async () => {
    const service = await startService({ ...OPERATOR, HTTPS_ONLY: 'true' });
    try {
      expectProblem(await board(service, '/'), 403, 'https-required');
    } finally {
      await service.stop();
    }
  });
});

it.each([
  ['that was there', {}, 200],
  ['that was never there', { REDIS_URL: 'redis://127.0.0.1:1' }, 503],
])('of a queue %s and is away says so, and no more', async (_, variables, before) => {
  const service = await startService({ ...OPERATOR, ...variables });
  try {
    expect((await board(service, '/api/queues?activeQueue=mail')).status).toBe(before);
    await service.database.drop();
    const answer = await board(service, '/api/queues?activeQueue=mail');
    expectProblem(answer, 503, 'temporarily-unavailable');
    expect(answer.text).not.toContain(service.database.url.split('/').at(-1));
  } finally {
    await service.stop();
  }
});
