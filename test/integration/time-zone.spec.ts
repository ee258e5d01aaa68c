import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { activate, newEmail, register, resend } from '../support/client.js';
import { type Replica, type Service, codeFor, startReplica, startService } from '../support/service.js';

const HOUR_MS = 3_600_000;

let service: Service;
let elsewhere: Replica;

/** PostgreSQL is in a zone whose summer ended two hours ago: the last day there had 25 hours. */
beforeAll(async () => {
  service = await startService();
  const end = new Date(Date.now() - 2 * HOUR_MS + HOUR_MS);
  const day = 1 + Math.floor((end.getTime() - Date.UTC(end.getUTCFullYear(), 0, 1)) / (24 * HOUR_MS));
  const zone = `AAA0BBB-1,J1/0,J${day}/${end.getUTCHours()}:${end.getUTCMinutes()}`;
  await service.database.sql(
    `do $$ begin execute format('alter database %I set timezone = %L', current_database(), '${zone}'); end $$`,
  );
  elsewhere = await startReplica(service.variables);
});

afterAll(async () => {
  await elsewhere.stop();
  await service.stop();
});

/** Somebody with so many entries in one of the lists of moments, all of them 24.5 hours old. */
async function personOfYesterday(list: 'issued_at' | 'attempted_at', count: number) {
  const email = newEmail();
  await register(service.url, email);
  const code = await codeFor(service.mailbox, email);
  await service.database.sql(
    `update activation_codes
     set ${list} = array(select now() - interval '24.5 hours' + n * interval '1 second' from generate_series(1, $2::int) as n)
     from users where users.id = user_id and email = $1`,
    [email, count],
  );
  return { email, code };
}

it('a day is 24 hours for the codes of an address, whatever the clocks do', async () => {
  const { email } = await personOfYesterday('issued_at', 10);
  expect((await resend(elsewhere.url, email)).status).toBe(202);
});

it('and for the tries of an account', async () => {
  const { email, code } = await personOfYesterday('attempted_at', 20);
  expect((await activate(elsewhere.url, email, code)).status).toBe(200);
});
