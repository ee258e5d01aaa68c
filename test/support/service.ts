import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { startMailbox } from '../../dev/smtp.mjs';
import { createApp } from '../../src/app.js';
import { createDatabase, type TestDatabase } from './databases.js';
import { settings } from './environment.js';
import { eventually } from './eventually.js';
import { logDestination } from './log.js';

export { environment } from './environment.js';

export type Mailbox = Awaited<ReturnType<typeof startMailbox>>;
export type Mail = Mailbox['mails'][number];

/** A replica: the application listening on a port of its own. */
export interface Replica {
  app: NestExpressApplication;
  url: string;
  stop(): Promise<void>;
}

/** Starts the application in this process, as main.ts does. */
export async function startReplica(variables: NodeJS.ProcessEnv): Promise<Replica> {
  const app = await createApp(settings(variables), logDestination);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}`, stop: () => app.close() };
}

/** A service with a database and a mailbox of its own. */
export interface Service extends Replica {
  database: TestDatabase;
  mailbox: Mailbox;
  /** The environment that another replica of the same service needs. */
  variables: NodeJS.ProcessEnv;
}

/** Starts a whole service; `stop` ends and removes all of it. */
export async function startService(overrides: NodeJS.ProcessEnv = {}): Promise<Service> {
  const database = await createDatabase();
  const mailbox = await startMailbox();
  const variables = { DATABASE_URL: database.url, SMTP_URL: mailbox.url, ...overrides };
  const replica = await startReplica(variables);
  return {
    ...replica,
    database,
    mailbox,
    variables,
    stop: async () => {
      await replica.stop();
      await mailbox.stop();
      await database.drop();
    },
  };
}

/** The mails to an address, once there are as many. */
export function mailsTo(mailbox: Mailbox, address: string, count = 1, within = 10_000): Promise<Mail[]> {
  const arrived = () => mailbox.mails.filter(({ to }) => to.includes(address));
  const what = `mail ${count} to ${address}`;
  return eventually(() => arrived().length >= count && arrived(), { what, within });
}

/** The digits of the newest mail to an address, once there are `count` mails. */
export async function codeFor(mailbox: Mailbox, address: string, count = 1): Promise<string> {
  const mails = await mailsTo(mailbox, address, count);
  return /\b\d{4,8}\b/.exec(mails.at(-1)!.text)![0];
}

/** Digits that are certainly not those. */
export function anotherCode(code: string): string {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');
}
