// npm run dev: the whole service on this machine, with nothing to install or to configure.
import { join } from 'node:path';
import { startCompiler } from './compiler.mjs';
import { startInbox } from './inbox.mjs';
import { atEnd, endOnSignals, fail } from './lifecycle.mjs';
import { portNear, portTaken } from './ports.mjs';
import { startPostgres } from './postgres.mjs';
import { makeService, migrate } from './service.mjs';
import { DATA, loadDotEnv, serviceEnvironment, setByUser } from './settings.mjs';

const INBOX_PAGE_PORT = 8025;
const INBOX_SMTP_PORT = 1025;

/** @returns {Promise<number>} */
async function freeApiPort() {
  const port = Number(setByUser('PORT') ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error('PORT must be a number from 1 to 65535');
  if (!(await portTaken(port))) return port;
  throw new Error(`port ${port} is taken; end what uses it, or choose another: PORT=${port + 1} npm run dev`);
}

/** @returns {Promise<string>} the database's address */
async function database() {
  const given = setByUser('DATABASE_URL');
  if (given) return given;
  const directory = join(DATA, 'postgres');
  const postgres = await startPostgres({ directory });
  atEnd(postgres.stop);
  void postgres.ended.then((why) => fail(`the database ended (${why})`));
  if (postgres.data !== directory)
    console.log(`The data is in ${postgres.data}: PostgreSQL cannot be root in here.`);
  return postgres.url;
}

/** @returns {Promise<{ smtpUrl: string, page: string }>} */
async function mail() {
  const given = setByUser('SMTP_URL');
  if (given) return { smtpUrl: given, page: 'none, SMTP_URL is set' };
  const [smtpPort, pagePort] = await Promise.all([portNear(INBOX_SMTP_PORT), portNear(INBOX_PAGE_PORT)]);
  if (pagePort !== INBOX_PAGE_PORT)
    console.log(`Port ${INBOX_PAGE_PORT} is taken: the inbox is on port ${pagePort}.`);
  const inbox = await startInbox({ smtpPort, pagePort });
  atEnd(inbox.stop);
  return { smtpUrl: inbox.smtpUrl, page: inbox.url };
}

/**
 * Compiles now and after each edit.
 * @param {() => void} onGood
 * @returns {Promise<void>} the first compile without faults
 */
function build(onGood) {
  return new Promise((resolve, reject) => {
    const starting = startCompiler((faults) => {
      if (faults > 0) return console.error('Nothing is restarted until this is mended.');
      resolve();
      onGood();
    });
    starting.then((compiler) => {
      atEnd(() => compiler.stop());
      return compiler.ended.then((why) => fail(`the compiler ended (${why})`));
    }, reject);
  });
}

/**
 * @param {{ port: number, page: string, databaseUrl: string }} addresses
 * @param {number} seconds
 */
function announce({ port, page, databaseUrl }, seconds) {
  const api = `http://localhost:${port}`;
  const rows = {
    API: api,
    Swagger: `${api}/docs`,
    Inbox: page,
    Queues: `${api}/admin/queues`,
    Health: `${api}/health`,
    Database: databaseUrl,
  };
  const lines = Object.entries(rows).map(([name, address]) => `  ${name.padEnd(10)}${address}`);
  console.log(
    `\n${lines.join('\n')}\n\n  Ready in ${seconds.toFixed(1)} s. An edit in src/ restarts the API; Ctrl-C ends all.\n`,
  );
}

async function main() {
  const startedAt = performance.now();
  const port = await freeApiPort();
  console.log('Starting PostgreSQL, a mail inbox and the API; the first compile takes some seconds.');

  /** @type {{ service?: import('./service.mjs').Service }} */
  const running = {};
  const [databaseUrl, { smtpUrl, page }] = await Promise.all([
    database(),
    mail(),
    build(() => void running.service?.restart()),
  ]);
  const env = serviceEnvironment({ port, databaseUrl, smtpUrl });
  await migrate(env);

  let announced = false;
  const service = makeService(env, `http://127.0.0.1:${port}/health/ready`, {
    onReady(ms) {
      if (announced) console.log(`The API is ready again (${(ms / 1000).toFixed(1)} s).`);
      else announce({ port, page, databaseUrl }, (performance.now() - startedAt) / 1000);
      announced = true;
    },
    onDown(why, wasReady) {
      console.error(
        `The API ended (${why}). ${wasReady ? 'Starting it again.' : 'It starts again after the next edit.'}`,
      );
      if (wasReady) void service.restart();
    },
  });
  atEnd(service.stop);
  running.service = service;
  await service.restart();
}

endOnSignals();
loadDotEnv();
await main().catch(fail);
