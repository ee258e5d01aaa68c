import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problems } from '../../src/common/problems.js';
import { request } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { type Service, startService } from '../support/service.js';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.stop());

const page = (slug: string) => request(service.url, 'GET', `/problems/${slug}`);

describe('the page of a problem says to a developer what it means', () => {
  it.each(Object.entries(problems))('%s', async (slug, { status, title, explanation }) => {
    const answer = await page(slug);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.text).toContain(`<title>${title}</title>`);
    expect(answer.text).toContain(`<p><code>${slug}</code>, HTTP status ${status}</p>`);
    const words = answer.text.replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ');
    expect(words).toContain(explanation.replaceAll('`', '').replaceAll(/\s+/g, ' '));
    expect(answer.text).not.toContain('`');
  });
});

it('every problem of the API document has its page', async () => {
  const { text } = await request(service.url, 'GET', '/openapi.json', { documented: false });
  const slugs = new Set([...text.matchAll(/\/problems\/([a-z][a-z-]+)/g)].map(([, slug]) => slug!));
  expect(slugs.size).toBeGreaterThan(10);
  for (const slug of slugs) expect((await page(slug)).status).toBe(200);
});

it('the type of an answer leads to its page', async () => {
  const answer = await request(service.url, 'POST', '/v1/registration', { body: {} });
  const { status, text } = await request(service.url, 'GET', answer.body['type']);
  expect(status).toBe(200);
  expect(text).toContain(answer.body['title']);
});

describe('there is no other page', () => {
  it.each([
    'nonsense',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'OVERLOADED',
    'overloaded%00',
    'overloaded%2F..',
    '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    'x'.repeat(2_000),
  ])('%s', async (slug) => {
    const answer = await page(slug);
    expectProblem(answer, 404, 'not-found');
    expect(answer.text).not.toContain('script');
  });

  it.each(['', 'overloaded/', 'overloaded/more'])('at /problems/%s', async (rest) => {
    const answer = await request(service.url, 'GET', `/problems/${rest}`, { documented: false });
    expectProblem(answer, 404, 'not-found');
  });

  it('at a path that cannot be decoded', async () => {
    const answer = await request(service.url, 'GET', '/problems/%E0%A4%A', { documented: false });
    expectProblem(answer, 400, 'bad-request');
  });
});
