import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, basic } from '../support/client.js';
import { expectProblem, sortedStatuses } from '../support/expectations.js';
import { type Service, startService } from '../support/service.js';
import { all, newAddress, repeatedly, visitor } from '../support/visitor.js';

const [NAME, PASSWORD] = ['operator', 'the password of the operator'];

let service: Service;

beforeAll(async () => {
  service = await startService({
    RATE_LIMIT_ENABLED: 'true',
    TRUST_PROXY: '1',
    ADMIN_USERNAME: NAME,
    ADMIN_PASSWORD: PASSWORD,
    DOCS_ACCESS: 'admin',
  });
});

afterAll(() => service.stop());

const places = ['/v1/admin/users', '/v1/admin/mails', '/admin/queues', '/docs', '/openapi.json'];

function open(path: string, address: string, password = PASSWORD, name = NAME): Promise<Answer> {
  return visitor(service.url, address).ask('GET', path, { auth: basic(name, password), documented: false });
}

it.each(places)('ten wrong passwords at %s close every door of the operator to that client', async (path) => {
  const address = newAddress();
  expect(await repeatedly(10, () => open(path, address, 'wrong'))).toEqual(all(10, 401));
  for (const place of places) {
    const answer = await open(place, address);
    expectProblem(answer, 429, 'too-many-requests');
    expect(answer.headers.get('ratelimit-policy')).toBe('"wrong-passwords-for-account";q=10;w=60');
    expect(answer.text).not.toContain(NAME);
  }
  expect((await open(path, newAddress())).status).toBe(200);
});

it.each(places)('of wrong passwords sent to %s at once ten are looked at', async (path) => {
  const address = newAddress();
  const answers = await Promise.all(Array.from({ length: 40 }, () => open(path, address, 'wrong')));
  expect(sortedStatuses(answers)).toEqual([...all(10, 401), ...all(30, 429)]);
});

it('the right password is not counted, wherever it is used', async () => {
  const address = newAddress();
  for (const place of [...places, ...places, ...places]) {
    expect((await open(place, address)).status).toBe(200);
  }
  expect(await repeatedly(10, () => open('/docs', address, 'wrong'))).toEqual(all(10, 401));
});

it('a browser that asks without credentials first is not counted', async () => {
  const client = visitor(service.url);
  for (const place of [...places, ...places, ...places]) {
    expect((await client.ask('GET', place, { documented: false })).status).toBe(401);
  }
  expect((await open('/docs', client.address)).status).toBe(200);
});
