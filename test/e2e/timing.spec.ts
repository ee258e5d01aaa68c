import { isDeepStrictEqual } from 'node:util';
import { hashSync } from 'bcryptjs';
import { Agent, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, basic, newEmail, register } from '../support/client.js';
import { useCleanup } from '../support/cleanup.js';
import { type Comparison, compare, measureInTurns } from '../support/statistics.js';
import { type Service, startService } from '../support/service.js';

const cleanUp = useCleanup();

/** One connection, as an attacker with a stop-watch would use. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

afterAll(() => agent.destroy());

/** @returns milliseconds from the first octet of the request to the last of the answer */
async function time(
  service: Service,
  path: string,
  { body = {}, auth, status }: { body?: unknown; auth?: string; status: number },
): Promise<number> {
  const text = JSON.stringify(body);
  const start = performance.now();
  const request = httpRequest(service.url + path, {
    agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': text.length,
      ...(auth === undefined ? {} : { authorization: auth }),
    },
  });
  request.end(text);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  const took = performance.now() - start;
  expect(response.statusCode).toBe(status);
  return took;
}

/** People straight in the table, with the hash of `PASSWORD`. */
async function seed(service: Service, count: number, active: boolean): Promise<string[]> {
  const rows = await service.database.sql<{ email: string }>(
    `insert into users (id, email, password_hash, activated_at, pending_until)
     select gen_random_uuid(), substr(md5(random()::text), 1, 12) || '@example.com', password_hash,
            case when $2 then now() end, now() + interval '1 hour'
     from (select password_hash from users order by created_at limit 1) as first, generate_series(1, $1)
     returning email`,
    [count, active],
  );
  return rows.map(({ email }) => email);
}

/** Whether a comparison rules out that the two differ by as much, milliseconds. */
const isNothing = ({ interval: [from, to], pairs }: Comparison, margin: number) =>
  pairs >= 15 && from > -margin && to < margin;

/** Whether it rules out that they do not. */
const isSomething = ({ interval: [from, to], p }: Comparison) => p < 0.001 && (from > 0 || to < 0);

async function startSeeded(variables: NodeJS.ProcessEnv): Promise<Service> {
  const service = cleanUp(await startService(variables));
  await register(service.url, newEmail());
  return service;
}

describe('a registration', () => {
  /** What a new address costs the database more than a known one, and half of that. */
  const EXTRA_MS = 20;
  const MARGIN_MS = 10;
  const ROUNDS = 300;

  /** New, pending and active addresses in turns, on a database that is slow to store a new one. */
  async function measure(conceal: boolean, isCertain: (rows: number[][]) => boolean): Promise<number[][]> {
    const service = await startSeeded({ CONCEAL_ACCOUNTS: String(conceal) });
    await service.database.sql(
      `create function slow() returns trigger language plpgsql as
         $$ begin perform pg_sleep(${EXTRA_MS / 1_000}); return new; end $$;
       create trigger slow before insert on activation_codes for each row execute function slow()`,
    );
    const [pending, active] = [await seed(service, ROUNDS, false), await seed(service, ROUNDS, true)];
    const send = (email: string, status: number) =>
      time(service, '/v1/registration', { body: { email, password: PASSWORD }, status });
    return measureInTurns(
      [
        () => send(newEmail(), conceal ? 202 : 201),
        (round) => send(pending[round]!, conceal ? 202 : 409),
        (round) => send(active[round]!, conceal ? 202 : 409),
      ],
      isCertain,
      ROUNDS,
    );
  }

  const known = [1, 2];

  it('takes the same time for new, pending and active addresses when accounts are concealed', async () => {
    const isSame = (rows: number[][]) =>
      known.every((column) => isNothing(compare(rows, 0, column), MARGIN_MS));
    const rows = await measure(true, isSame);
    expect(
      known.map((column) => compare(rows, 0, column)).filter((found) => !isNothing(found, MARGIN_MS)),
    ).toEqual([]);
  });

  it('does not without concealment, and this stop-watch sees it', async () => {
    const differs = (rows: number[][]) => known.every((column) => isSomething(compare(rows, 0, column)));
    const rows = await measure(false, differs);
    expect(known.map((column) => compare(rows, 0, column)).filter((found) => !isSomething(found))).toEqual(
      [],
    );
  });
});

/**
 * Unknown, pending and active addresses against each other, and an account whose hash costs twice as much: that
 * is one hash more, so less than half of what it takes longer is no hash.
 */
function judge(rows: number[][]) {
  const costly = compare(rows, 0, 3);
  const margin = Math.abs(costly.median) / 2;
  const others = [compare(rows, 0, 1), compare(rows, 0, 2), compare(rows, 1, 2)];
  return {
    costlyIsSeen: isSomething(costly) || costly,
    othersAreAlike: others.every((other) => isNothing(other, margin)) || { margin, others },
  };
}

/** The n-th wrong password: short, usual, the longest there is, and longer. */
const wrong = (n: number) => ['x', 'not the password', 'x'.repeat(72), 'x'.repeat(100)][n % 4]!;

describe.each(['false', 'true'])('the 401 of an activation, CONCEAL_ACCOUNTS=%s', (conceal) => {
  const COST = 7;
  const ROUNDS = 200;

  const clear = { costlyIsSeen: true, othersAreAlike: true };

  it('takes the same time for an unknown address and a wrong password, whatever that is', async () => {
    const service = await startSeeded({ BCRYPT_COST: String(COST), CONCEAL_ACCOUNTS: conceal });
    const pending = await seed(service, 50, false);
    const active = await seed(service, 50, true);
    const [costly] = await seed(service, 1, true);
    await service.database.sql('update users set password_hash = $2 where email = $1', [
      costly,
      hashSync('another password', COST + 1),
    ]);
    const send = (email: string, password: string) =>
      time(service, '/v1/activation', { auth: basic(email, password), status: 401 });
    const rows = await measureInTurns(
      [
        (round) => send(newEmail(), wrong(round)),
        (round) => send(pending[round % 50]!, wrong(round)),
        (round) => send(active[round % 50]!, wrong(round)),
        // The one that is longer than any password would be checked against the throw-away hash.
        () => send(costly!, 'not the password'),
      ],
      (sofar) => isDeepStrictEqual(judge(sofar), clear),
      ROUNDS,
    );
    expect(judge(rows)).toEqual(clear);
  });
});
