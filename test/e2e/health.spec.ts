import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmail, register, request } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { eventually } from '../support/eventually.js';
import { linesOfRequest } from '../support/log.js';
import { type Service, startService } from '../support/service.js';

describe('health of a service that has all it needs', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.stop());

  it('is told by three paths', async () => {
    expect((await request(service.url, 'GET', '/health/live')).body).toEqual({ status: 'ok' });
    const everything = {
      status: 'ok',
      details: { database: { status: 'up' }, queue: { status: 'up' }, smtp: { status: 'up' } },
    };
    for (const path of ['/health/ready', '/health']) {
      expect(await request(service.url, 'GET', path)).toMatchObject({ status: 200, body: everything });
    }
  });

  it('is asked for too often to be logged', async () => {
    const headers = { 'x-request-id': `probe-${newEmail().slice(0, 12)}` };
    await request(service.url, 'GET', '/health/ready', { headers });
    const answer = await request(service.url, 'GET', '/v1/users/me', { headers });
    const lines = await linesOfRequest(answer.headers);
    expect(lines.map(({ path }) => path)).toEqual(['/v1/users/me']);
  });
});

it('without its database a service lives, but is not ready, and says so within a second', async () => {
  const service = await startService();
  try {
    await service.database.drop();
    const ready = await request(service.url, 'GET', '/health/ready');
    expect(ready.took).toBeLessThan(1_000);
    expectProblem(ready, 503, 'temporarily-unavailable');
    expectProblem(await request(service.url, 'GET', '/health'), 503, 'temporarily-unavailable');
    expect((await request(service.url, 'GET', '/health/live')).status).toBe(200);
    expectProblem(await register(service.url, newEmail()), 503, 'temporarily-unavailable');
    expectProblem(await request(service.url, 'GET', '/v1/users/me'), 401, 'invalid-credentials');
  } finally {
    await service.stop();
  }
});

it('without its SMTP server a service is ready, and shown as degraded', async () => {
  const service = await startService({ SMTP_URL: 'smtp://127.0.0.1:1' });
  try {
    const answer = await eventually(async () => {
      const ready = await request(service.url, 'GET', '/health/ready');
      return ready.body['status'] === 'degraded' && ready;
    });
    expect(answer).toMatchObject({ status: 200, body: { details: { smtp: { status: 'degraded' } } } });
    expect((await register(service.url, newEmail())).status).toBe(201);
  } finally {
    await service.stop();
  }
});
