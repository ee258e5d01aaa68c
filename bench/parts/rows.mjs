// Rows that are made by SQL instead of by thousands of requests.

/** As long as a real one; nobody signs in with it. */
const HASH = '$2b$12$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvwxyzABCDE';

/**
 * Registrations whose mails wait to be sent; the planner's statistics stay as they were.
 * @param {import('pg').Client} client
 * @param {number} count
 * @param {{ dueInSeconds: number }} options when the relay looks for them
 */
export async function insertOwedMails(client, count, { dueInSeconds }) {
  await client.query('begin');
  await client.query(
    `insert into users (id, email, password_hash, pending_until)
     select gen_random_uuid(), 'owed-' || n || '@example.com', $2, now() + interval '10 minutes'
     from generate_series(1, $1::int) as n`,
    [count, HASH],
  );
  await client.query(
    `insert into activation_codes (id, user_id, key_id, expires_at, issued_at)
     select gen_random_uuid(), id, 'key', now() + interval '10 minutes', array[now()]
     from users where email like 'owed-%'`,
  );
  await client.query(
    `insert into mails (id, kind, user_id, subject_id, due_at)
     select gen_random_uuid(), 'activation-code', user_id, id, now() + make_interval(secs => $1)
     from activation_codes where used_at is null and expires_at > now()`,
    [dueInSeconds],
  );
  await client.query('commit');
}

/**
 * A service that has been in use: nine of ten are active, the others registered within the last day; of a hundred mails
 * one is dead and one obsolete. Spread over a month, so that the upkeep finds nothing to erase.
 * @param {import('pg').Client} client
 * @param {number} count
 */
export async function insertHistory(client, count) {
  await client.query('begin');
  await client.query(
    `insert into users (id, email, password_hash, created_at, activated_at, pending_until)
     select gen_random_uuid(), 'past-' || n || '@example.com', $2, at, case when active then at + interval '1 minute' end,
            at + interval '10 minutes'
     from generate_series(1, $1::int) as n,
          lateral (select n % 10 <> 0 as active) as kind,
          lateral (select now() - case when active then interval '29 days' else interval '20 hours' end * (n::float / $1)
                   as at) as time`,
    [count, HASH],
  );
  await client.query(
    `insert into activation_codes (id, user_id, key_id, created_at, expires_at, used_at, attempts, issued_at, attempted_at)
     select gen_random_uuid(), id, 'key', created_at, created_at + interval '10 minutes', activated_at,
            (activated_at is not null)::int, array[created_at],
            case when activated_at is null then '{}' else array[activated_at] end
     from users`,
  );
  await client.query(
    `insert into mails (id, kind, user_id, subject_id, due_at, created_at, trying_since, state, attempts, sent_at, dead_at)
     select gen_random_uuid(), 'activation-code', user_id, id, created_at, created_at, created_at, state, 1,
            case when state = 'sent' then created_at end, case when state = 'dead' then created_at end
     from (select *, case abs(hashtext(id::text)) % 100 when 0 then 'dead' when 1 then 'obsolete' else 'sent' end as state
           from activation_codes) as codes`,
  );
  await client.query('commit');
  await client.query('vacuum analyze users, activation_codes, mails');
}
