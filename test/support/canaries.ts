import { Redis } from 'ioredis';
import type { Rig } from './rig.js';

/** A secret and where it was found. */
export interface Leak {
  secret: string;
  where: string;
  around: string;
}

/** Looks for the password and the codes in what processes wrote, in all of the database and in all of Redis (I10). */
export async function canariesIn(rig: Rig, password: string, codes: Map<string, string>): Promise<Leak[]> {
  const places = [
    ...rig.replicas.map((replica) => ({ where: `output of ${replica.role}`, text: replica.output() })),
    { where: 'the database', text: await databaseText(rig) },
    { where: 'Redis', text: await redisText(rig) },
  ];
  // Alone, not inside an id, a moment or a hash, where six digits in a row mean nothing.
  const anyCode = /(?<![\w.:$/+-])\d{6}(?![\w.:$/+-])/g;
  const secrets = new Set(codes.values());
  return places.flatMap(({ where, text }) => {
    const found = [...text.matchAll(anyCode)].filter(([code]) => secrets.has(code));
    const at = text.indexOf(password);
    return [
      ...found.map(({ 0: secret, index }) => ({ secret, where, around: around(text, index) })),
      ...(at < 0 ? [] : [{ secret: password, where, around: around(text, at) }]),
    ];
  });
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 60), index + 60);
}

/** Every row of every table, BullMQ's too, as text. */
async function databaseText(rig: Rig): Promise<string> {
  return rig.withClient(async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select r::text as row from ${name} as r`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  });
}

/** Every key with all it holds, as text. */
async function redisText(rig: Rig): Promise<string> {
  if (rig.redisServer === undefined) return '';
  const redis = new Redis(rig.redisServer.url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const texts: string[] = [];
    for (const key of await redis.keys('*')) {
      const read = readers[await redis.type(key)];
      texts.push(
        key,
        JSON.stringify(read === undefined ? null : await redis.call(read[0]!, key, ...read.slice(1))),
      );
    }
    return texts.join('\n');
  } finally {
    redis.disconnect();
  }
}

const readers: Record<string, string[]> = {
  string: ['GET'],
  hash: ['HGETALL'],
  list: ['LRANGE', '0', '-1'],
  set: ['SMEMBERS'],
  zset: ['ZRANGE', '0', '-1'],
  stream: ['XRANGE', '-', '+'],
};
