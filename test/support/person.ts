import { activate, newEmail, register } from './client.js';
import type { TestDatabase } from './databases.js';
import { type Service, codeFor } from './service.js';

/** Somebody who registered and has the code in hand. */
export interface Person {
  id: string;
  email: string;
  code: string;
}

/** Registers a new person and waits for the mail. */
export async function newPerson(service: Service, password?: string): Promise<Person> {
  const email = newEmail();
  const { status, text, body } = await register(service.url, email, password);
  if (status !== 201) throw new Error(`the registration was answered ${status}: ${text}`);
  return { id: body['id'], email, code: await codeFor(service.mailbox, email) };
}

/** A new person who is active. */
export async function newActivePerson(service: Service, password?: string): Promise<Person> {
  const person = await newPerson(service, password);
  const { status, text } = await activate(service.url, person.email, person.code, password);
  if (status !== 200) throw new Error(`the activation was answered ${status}: ${text}`);
  return person;
}

/** Lets time pass for one address: everything that happened to it is that much longer ago. */
export async function letPass(
  database: Pick<TestDatabase, 'sql'>,
  email: string,
  seconds: number,
): Promise<void> {
  await database.sql(
    `with span as (select make_interval(secs => $2) as s),
          person as (update users set created_at = created_at - s, pending_until = pending_until - s
                     from span where email = $1 returning id)
     update activation_codes
     set created_at = created_at - s, expires_at = expires_at - s,
         issued_at = array(select m - s from unnest(issued_at) as m order by m),
         attempted_at = array(select m - s from unnest(attempted_at) as m order by m)
     from span, person where user_id = person.id`,
    [email, seconds],
  );
}

/** What the database knows about an address, all of its tables together; undefined when there is nothing. */
export async function storedPerson(
  database: Pick<TestDatabase, 'sql'>,
  email: string,
): Promise<StoredPerson | undefined> {
  const [row] = await database.sql<StoredPerson>(
    `select users.id, email, password_hash, activated_at, pending_until > now() as held,
            codes.id as code_id, used_at, attempts, cardinality(attempted_at) as attempts_today,
            cardinality(issued_at) as codes_issued, expires_at,
            extract(epoch from expires_at - now())::float as code_life,
            (select array_agg(state order by mails.id) from mails where user_id = users.id) as mails
     from users left join activation_codes as codes on codes.user_id = users.id where email = $1`,
    [email],
  );
  return row;
}

export interface StoredPerson {
  id: string;
  email: string;
  password_hash: string;
  activated_at: Date | null;
  held: boolean;
  code_id: string;
  used_at: Date | null;
  attempts: number;
  attempts_today: number;
  codes_issued: number;
  expires_at: Date;
  code_life: number;
  mails: string[];
}
