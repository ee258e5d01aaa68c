import { afterEach, describe, expect, it } from '@jest/globals';
import { type Answer, basic, newEmail, register, request } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

afterEach(() => service.stop());

function page(path: string, auth?: string): Promise<Answer> {
  return request(service.url, 'GET', path, { auth, documented: false });
}

const pages = ['/docs', '/openapi.json'];
const operator = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'pass:word' };

describe('documentation', () => {
  it('is open to everybody outside of production', async () => {
    service = await startService();
    const docs = await page('/docs');
    expect(docs.status).toBe(200);
    expect(docs.headers.get('content-type')).toMatch(/^text\/html/);
    expect((await page('/openapi.json')).body).toMatchObject({ openapi: expect.stringMatching(/^3\./) });
  });

  it('is a page that may run its own scripts and no others, and that works over plain HTTP', async () => {
    service = await startService();
    const docs = await page('/docs');
    const policy = docs.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('https:');
    expect(policy).not.toContain('upgrade-insecure-requests');
    const assets = [...docs.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      const url = new URL(asset, `${service.url}/docs`);
      expect(url.origin).toBe(service.url);
      expect((await page(url.pathname)).status).toBe(200);
    }
  });

  it('answers 404 for files that it has not', async () => {
    service = await startService();
    for (const file of ['LICENSE', 'no-such-file.js']) {
      expectProblem(await page(`/docs/${file}`), 404, 'not-found');
    }
  });

  it('is for the operator alone when so set', async () => {
    service = await startService({ ...operator, DOCS_ACCESS: 'admin' });
    for (const path of [...pages, '/docs/swagger-ui.css']) {
      for (const auth of [undefined, basic('operator', 'wrong'), basic('wrong', 'pass:word'), 'Bearer x']) {
        const answer = await page(path, auth);
        expectProblem(answer, 401, 'invalid-credentials');
        expect(answer.headers.get('www-authenticate')).toBe('Basic realm="operator", charset="UTF-8"');
      }
      expect((await page(path, basic('operator', 'pass:word'))).status).toBe(200);
    }
  });

  it('is for the operator alone in production', async () => {
    service = await startService({ ...operator, NODE_ENV: 'production', HTTPS_ONLY: 'false' });
    expectProblem(await page('/openapi.json'), 401, 'invalid-credentials');
    expect((await page('/openapi.json', basic('operator', 'pass:word'))).status).toBe(200);
  });

  it.each([
    ['when it is for an operator and there is none', { DOCS_ACCESS: 'admin' }],
    ['when it is off, not even for the operator', { ...operator, DOCS_ACCESS: 'off' }],
  ])('is nowhere %s', async (_, variables) => {
    service = await startService(variables);
    for (const path of [...pages, '/docs/', '/docs-json', '/docs-yaml']) {
      expectProblem(await page(path, basic('operator', 'pass:word')), 404, 'not-found');
    }
    expect((await register(service.url, newEmail())).status).toBe(201);
  });
});
