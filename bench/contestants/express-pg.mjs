// The least that a registration can be: Express, one native bcrypt hash on libuv's threads, the statements of the
// service's registration, 201. No validation, no limits, no queue, no mail, no log. What the service has more than this,
// it pays for; the ratio says how much.
import { hash } from '@node-rs/bcrypt';
import express from 'express';
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

const { BCRYPT_COST, DATABASE_POOL_MAX, DATABASE_URL, PORT } = process.env;
const pool = new Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL_MAX ?? 10) });

// As in src: users.repository, activation.repository, outbox.repository.
const INSERT_USER = `insert into users (id, email, password_hash, pending_until)
  values ($1, $2, $3, now() + make_interval(secs => $4))
  on conflict on constraint users__email do update
    set password_hash = excluded.password_hash, created_at = now(), pending_until = excluded.pending_until
    where users.activated_at is null and users.pending_until <= now()
  returning id, email, created_at as "createdAt", activated_at as "activatedAt"`;
const INSERT_CODE = `insert into activation_codes (id, user_id, key_id, expires_at, issued_at)
  values ($1, $2, $3, now() + make_interval(secs => $4), array[now()])
  on conflict on constraint activation_codes__user_id do update
    set id = excluded.id, key_id = excluded.key_id, created_at = now(), expires_at = excluded.expires_at,
        used_at = null, attempts = 0,
        issued_at = within(activation_codes.issued_at, '1 day') || now()
    where cardinality(within(activation_codes.issued_at, make_interval(secs => $5))) = 0
      and cardinality(within(activation_codes.issued_at, '1 hour')) < $6
      and cardinality(within(activation_codes.issued_at, '1 day')) < $7
  returning id`;
const INSERT_MAIL = `insert into mails (id, kind, user_id, subject_id, due_at)
  values ($1, $2, $3, $4, now() + make_interval(secs => $5))`;

/**
 * @param {string} email
 * @param {string} passwordHash
 * @returns {Promise<{ id: string, email: string, createdAt: Date }>}
 */
async function store(email, passwordHash) {
  const client = await pool.connect();
  try {
    const [userId, codeId] = [uuidv7(), uuidv7()];
    await client.query('begin');
    const { rows } = await client.query(INSERT_USER, [userId, email, passwordHash, 600]);
    await client.query(INSERT_CODE, [codeId, userId, 'key', 600, 0, 5, 10]);
    await client.query(INSERT_MAIL, [uuidv7(), 'activation-code', userId, codeId, 3]);
    await client.query('commit');
    return rows[0];
  } finally {
    client.release();
  }
}

const app = express();
app.disable('x-powered-by');
app.get('/health/live', (_request, response) => void response.json({ status: 'ok' }));
// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 waits for it
app.post('/v1/registration', express.json(), async (request, response) => {
  const { email, password } = request.body;
  const user = await store(email, await hash(password, { cost: Number(BCRYPT_COST) }));
  response
    .status(201)
    .json({ id: user.id, email: user.email, is_active: false, created_at: user.createdAt.toISOString() });
});
app.listen(Number(PORT), '127.0.0.1');
