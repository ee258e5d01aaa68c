// A PostgreSQL for trying things out on one machine, on 127.0.0.1:5433; its data stays in .data/operations/postgres.
//
//   node deploy/local/postgres.mjs
import { join } from 'node:path';
import { startPostgres } from '../../dev/postgres.mjs';

const PORT = 5433;

const directory = join(import.meta.dirname, '../../.data/operations/postgres');
const postgres = await startPostgres({ directory, port: PORT });
console.log(`PostgreSQL is process ${postgres.pid}: ${postgres.url}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void postgres.stop());
console.log(`PostgreSQL ended: ${await postgres.ended}`);
