import { execFile } from 'node:child_process';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeCertificates } from '../support/certificates.js';
import { PASSWORD, basic, newEmail, register, request, whoAmI } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { healthCheck } from '../support/image.js';
import { closeOf, connectTo } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

afterEach(() => service.stop());

/** A request that a proxy in front received over https, or says so. */
function forwarded(proto: string) {
  const headers = { 'x-forwarded-proto': proto, 'x-forwarded-for': '203.0.113.9' };
  const body = { email: newEmail(), password: PASSWORD };
  return request(service.url, 'POST', '/v1/registration', { headers, body });
}

describe('HTTPS_ONLY', () => {
  it('refuses plain HTTP wherever credentials travel, and never redirects', async () => {
    service = await startService({ HTTPS_ONLY: 'true' });
    const answers = [
      await register(service.url, newEmail()),
      await whoAmI(service.url, newEmail()),
      await request(service.url, 'GET', '/v1/nothing', { documented: false }),
      await request(service.url, 'GET', '/admin/queues', { documented: false }),
      await request(service.url, 'GET', '/v1/admin/users', { documented: false }),
    ];
    for (const answer of answers) {
      expectProblem(answer, 403, 'https-required');
      expect(answer.headers.has('location')).toBe(false);
    }
    expect(await service.database.sql('select from users')).toEqual([]);
    expect((await request(service.url, 'GET', '/health/live')).status).toBe(200);
  });

  it('refuses plain HTTP for the docs only where they take credentials', async () => {
    const operator = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'pass:word' };
    const ask = (path: string) => request(service.url, 'GET', path, { documented: false });
    service = await startService({ HTTPS_ONLY: 'true', DOCS_ACCESS: 'admin', ...operator });
    expectProblem(await ask('/docs'), 403, 'https-required');
    expectProblem(await ask('/openapi.json'), 403, 'https-required');
    await service.stop();

    service = await startService({ HTTPS_ONLY: 'true', DOCS_ACCESS: 'public', ...operator });
    expect((await ask('/openapi.json')).status).toBe(200);
  });

  it('is on in production', async () => {
    service = await startService({ NODE_ENV: 'production' });
    expectProblem(await whoAmI(service.url, newEmail()), 403, 'https-required');
    expect((await request(service.url, 'GET', '/health/live')).status).toBe(200);
  });

  it('believes the proxy that is trusted', async () => {
    service = await startService({ HTTPS_ONLY: 'true', TRUST_PROXY: '1' });
    expect((await forwarded('https')).status).toBe(201);
    expectProblem(await forwarded('http'), 403, 'https-required');
    expectProblem(await register(service.url, newEmail()), 403, 'https-required');
  });

  it('believes nobody else', async () => {
    service = await startService({ HTTPS_ONLY: 'true', TRUST_PROXY: '192.0.2.0/24' });
    expectProblem(await forwarded('https'), 403, 'https-required');
    expect(await service.database.sql('select from users')).toEqual([]);
  });
});

it('whoever connects and never begins TLS is hung up on as soon as one who sends no headers', async () => {
  const certificates = makeCertificates();
  const { certFile, keyFile } = certificates;
  try {
    service = await startService({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
    const start = performance.now();
    await closeOf(await connectTo(service.url));
    expect(performance.now() - start).toBeLessThan(20_000);
  } finally {
    certificates.stop();
  }
});

it('with a certificate the service speaks TLS itself, and nothing else', async () => {
  const certificates = makeCertificates();
  const { keyFile, certFile, valid } = certificates;
  try {
    service = await startService({ HTTPS_ONLY: 'true', TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });

    const answer = await askOverTls('/v1/users/me', valid.cert);
    expect(answer).toEqual({ status: 401, text: expect.stringContaining('/problems/invalid-credentials') });
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow('fetch failed');
    const PORT = new URL(service.url).port;
    await expect(runHealthCheck({ PORT, TLS_CERT_FILE: certFile })).resolves.toBeDefined();
    await expect(runHealthCheck({ PORT })).rejects.toMatchObject({ code: 1 });
  } finally {
    certificates.stop();
  }
});

/** The health check of the image. */
function runHealthCheck(environment: NodeJS.ProcessEnv): Promise<unknown> {
  const [program, ...words] = healthCheck;
  return promisify(execFile)(program!, words, { env: { ...process.env, TLS_CERT_FILE: '', ...environment } });
}

function askOverTls(path: string, ca: string): Promise<{ status: number | undefined; text: string }> {
  const url = service.url.replace('http:', 'https:') + path;
  const headers = { authorization: basic(newEmail(), PASSWORD) };
  return new Promise((resolve, reject) => {
    const sent = get(url, { ca, headers, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, text: body }), reject);
    });
    sent.on('error', reject);
  });
}
