import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, request } from '../support/client.js';
import { expectProblem } from '../support/expectations.js';
import { logLines } from '../support/log.js';
import { OPERATOR, admin, asOperator } from '../support/operator.js';
import { newActivePerson, storedPerson } from '../support/person.js';
import { type Service, startReplica, startService } from '../support/service.js';

const ID = '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d';

/** Every row of the table. */
const operations: Array<[string, string]> = [
  ['GET', '/users'],
  ['GET', `/users/${ID}`],
  ['DELETE', `/users/${ID}`],
  ['POST', `/users/${ID}/activation-code`],
  ['GET', '/mails'],
  ['POST', `/mails/${ID}/retry`],
  ['POST', '/mails/retry'],
];

let service: Service;

beforeAll(async () => {
  service = await startService(OPERATOR);
});

afterAll(() => service.stop());

it('these are all the operations of the admin side', async () => {
  const { body } = await request(service.url, 'GET', '/openapi.json', { documented: false });
  const documented = Object.entries(body['paths'] as Record<string, object>)
    .filter(([path]) => path.startsWith('/v1/admin'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('{id}', ID)}`),
    );
  expect(documented.toSorted()).toEqual(
    operations.map(([method, path]) => `${method} /v1/admin${path}`).toSorted(),
  );
});

describe.each(operations)('%s /v1/admin%s', (method, path) => {
  it.each<[string, string | undefined]>([
    ['nothing', undefined],
    ['a wrong password', basic(OPERATOR.ADMIN_USERNAME, `${OPERATOR.ADMIN_PASSWORD}.`)],
    ['a wrong name', basic('Operator', OPERATOR.ADMIN_PASSWORD)],
    ['no password', basic(OPERATOR.ADMIN_USERNAME, '')],
    ['a colon too many', basic('operator:', OPERATOR.ADMIN_PASSWORD)],
    ['another scheme', asOperator.replace('Basic', 'Bearer')],
  ])('lets nobody in with %s', async (_, auth) => {
    const answer = await request(service.url, method, `/v1/admin${path}`, auth === undefined ? {} : { auth });
    expectProblem(answer, 401, 'invalid-credentials');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="operator", charset="UTF-8"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

it('a person cannot look at, erase or mail to even their own account there', async () => {
  const { id, email } = await newActivePerson(service);
  const auth = basic(email, 'correct horse battery');
  expect((await request(service.url, 'GET', '/v1/users/me', { auth })).status).toBe(200);
  for (const [method, path] of operations) {
    expectProblem(await admin(service, method, path.replace(ID, id), { auth }), 401, 'invalid-credentials');
  }
  expect(await storedPerson(service.database, email)).toMatchObject({ id, mails: [expect.any(String)] });
});

it('who is not let in does not learn which ids exist, or what a good query is', async () => {
  for (const path of ['/users/nonsense', '/users?limit=0', '/mails?cursor=nonsense']) {
    expectProblem(await admin(service, 'GET', path, { auth: basic('x', 'y') }), 401, 'invalid-credentials');
  }
});

it.each(operations.filter(([method]) => method !== 'GET'))(
  '%s /v1/admin%s does nothing for a page of another site, whose request has the password all the same',
  async (method, path) => {
    const { id, email } = await newActivePerson(service);
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://other.example.com' };
    const answer = await admin(service, method, path.replace(ID, id), { headers });
    expectProblem(answer, 403, 'cross-site-request');
    expect(await storedPerson(service.database, email)).toMatchObject({ id, mails: ['sent'] });
  },
);

it('a refused attempt leaves no line in the audit log', async () => {
  const { headers } = await admin(service, 'GET', '/users', { auth: basic('x', 'y') });
  const id = headers.get('x-request-id');
  expect(logLines(({ requestId }) => requestId === id).map(({ event }) => event)).toEqual(['http.request']);
});

describe('without an operator in the settings', () => {
  it.each<[string, NodeJS.ProcessEnv]>([
    ['neither name nor password', {}],
    ['the role of a worker', { ...OPERATOR, ROLE: 'worker' }],
  ])('there is no admin side: %s', async (_, variables) => {
    const replica = await startReplica({
      ...service.variables,
      ADMIN_USERNAME: '',
      ADMIN_PASSWORD: '',
      ...variables,
    });
    try {
      for (const [method, path] of operations) {
        const answer = await admin(replica, method, path, { documented: false });
        expectProblem(answer, 404, 'not-found');
      }
      for (const path of ['/admin/queues', '/admin/queues/api/queues']) {
        const answer = await request(replica.url, 'GET', path, { auth: asOperator, documented: false });
        expectProblem(answer, 404, 'not-found');
      }
    } finally {
      await replica.stop();
    }
  });
});
