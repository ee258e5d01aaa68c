import { rmSync } from 'node:fs';
import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { type Fault, describeFaults } from '../support/faults.js';
import type { Ledger } from '../support/ledger.js';
import type { Rig } from '../support/rig.js';

// Redis: reliability note F-R1 to F-R9.
// F-R10 (SIGTERM while Redis is killed or frozen): shutdown.spec.ts proves exactly that, with a mail at hand.

/** What a registration may take on a small machine that runs several rigs, whatever Redis does, milliseconds. */
const longest = 3_000;

/** An operator's command. */
async function tell(rig: Rig, ...command: string[]): Promise<unknown> {
  const redis = new Redis(rig.redisServer!.url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    enableReadyCheck: false,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await redis.call(...(command as [string]));
  } finally {
    redis.disconnect();
  }
}

/** Everybody was told 201 while it lasted: Redis is no reason to send anybody away. */
async function nobodyIsSentAway(_rig: Rig, ledger: Ledger): Promise<void> {
  expect(ledger.refused).toEqual([]);
}

async function isReady(rig: Rig): Promise<void> {
  for (const replica of rig.replicas) {
    expect((await fetch(`${replica.url}/health/ready`)).status).toBe(200);
  }
}

/** Mails that wait for another try, as they do in Redis while the outage is longer than the first one. */
async function withMailsPutOff(rig: Rig, ledger: Ledger): Promise<void> {
  rig.smtp.mode = 'defer';
  await ledger.registered(6);
  await eventually(
    async () => (await rig.sql(`select id from mails where last_error is not null`)).length >= 3,
    { what: 'mails put off' },
  );
}

/** Three milliseconds a key, and an ear for clients every few keys. */
const loadSlowly = ['--key-load-delay', '3000', '--loading-process-events-interval-bytes', '2048'];
const loading = new WeakMap<Rig, Promise<void>>();

/** Two thousand keys that nobody needs, in the file that Redis starts from. */
async function fill(rig: Rig): Promise<void> {
  const script = `for i = 1, 2000 do redis.call('SET', 'filler' .. i, string.rep('x', 512)) end`;
  await tell(rig, 'EVAL', script, '0');
  await tell(rig, 'BGREWRITEAOF');
  await eventually(
    async () => /aof_rewrite_in_progress:0/.test(String(await tell(rig, 'INFO', 'persistence'))),
    {
      what: 'a new file',
    },
  );
}

function isLoading(error: Error): boolean {
  return error.message.includes('LOADING');
}

const always = { backends: ['redis' as const], longest, afterwards: nobodyIsSentAway, meanwhile: isReady };

const faults: Fault[] = [
  {
    ...always,
    id: 'F-R1',
    title: 'there is no Redis when the processes start',
    away: 'redis',
    roles: ['api', 'worker'],
    inject: isReady,
    heal: (rig) => rig.toRedis!.become('pass'),
  },
  {
    ...always,
    id: 'F-R2',
    title: 'Redis is killed and comes back with its file',
    redisKeeps: true,
    inject: (rig) => rig.redisServer!.kill(),
    heal: (rig) => rig.redisServer!.start(),
  },
  {
    ...always,
    id: 'F-R3',
    title: 'Redis is killed with mails put off, and comes back empty',
    roles: ['api', 'worker'],
    inject: async (rig, ledger) => {
      await withMailsPutOff(rig, ledger);
      await rig.redisServer!.kill();
    },
    heal: async (rig) => {
      rig.smtp.mode = 'ok';
      await rig.redisServer!.start();
    },
  },
  {
    ...always,
    id: 'F-R3b',
    title: 'somebody says FLUSHALL',
    inject: async (rig, ledger) => {
      await withMailsPutOff(rig, ledger);
      await tell(rig, 'FLUSHALL');
    },
    heal: async (rig) => (rig.smtp.mode = 'ok'),
  },
  {
    ...always,
    id: 'F-R4',
    title: 'Redis is full',
    inject: (rig) => tell(rig, 'CONFIG', 'SET', 'maxmemory', '1'),
    heal: (rig) => tell(rig, 'CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    ...always,
    id: 'F-R5',
    title: 'Redis is frozen',
    inject: async (rig) => rig.redisServer!.freeze(),
    answers: 40,
    heal: async (rig) => rig.redisServer!.thaw(),
  },
  {
    ...always,
    id: 'F-R6',
    title: 'Redis takes 800 ms for each answer',
    inject: (rig) => rig.toRedis!.become({ mode: 'latency', milliseconds: 400 }),
    answers: 24,
    heal: (rig) => rig.toRedis!.become('pass'),
  },
  {
    ...always,
    id: 'F-R7',
    title: 'the disk of Redis is gone, and it refuses to write',
    redisKeeps: true,
    inject: async (rig) => {
      await tell(rig, 'CONFIG', 'SET', 'appendonly', 'no');
      const [, folder] = (await tell(rig, 'CONFIG', 'GET', 'dir')) as [string, string];
      rmSync(folder, { recursive: true });
      await tell(rig, 'CONFIG', 'SET', 'save', '3600 1');
      await tell(rig, 'BGSAVE');
      await eventually(() => tell(rig, 'SET', 'a', 'b').then(() => false, isMisconfigured), {
        what: 'MISCONF',
      });
    },
    heal: (rig) => tell(rig, 'CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no'),
  },
  {
    ...always,
    id: 'F-R8',
    title: 'Redis becomes a replica and reads only',
    inject: (rig) => tell(rig, 'REPLICAOF', '127.0.0.1', '1'),
    heal: (rig) => tell(rig, 'REPLICAOF', 'NO', 'ONE'),
  },
  {
    ...always,
    id: 'F-R8b',
    title: 'Redis asks for a password',
    inject: async (rig) => {
      await tell(rig, 'CONFIG', 'SET', 'requirepass', 'a secret');
      rig.toRedis!.resetAll();
    },
    heal: (rig) => withPassword(rig, 'CONFIG', 'SET', 'requirepass', ''),
  },
  {
    ...always,
    id: 'F-R8c',
    title: 'Redis is killed, and loads its file for six seconds',
    redisKeeps: true,
    inject: async (rig) => {
      await fill(rig);
      await rig.redisServer!.kill();
      loading.set(rig, rig.redisServer!.start(loadSlowly));
      await eventually(() => tell(rig, 'GET', 'a').then(() => false, isLoading), { what: 'LOADING' });
    },
    heal: (rig) => loading.get(rig)!,
  },
  {
    ...always,
    id: 'F-R9',
    title: 'the way to Redis is lost, and its connections stay dead',
    roles: ['api', 'worker'],
    inject: (rig) => rig.toRedis!.become('blackhole'),
    answers: 24,
    heal: (rig) => rig.toRedis!.become('pass'),
  },
  {
    ...always,
    id: 'F-R9b',
    title: 'the way to Redis comes back when the worker has just tried it once more',
    roles: ['api', 'worker'],
    inject: (rig) => rig.toRedis!.become('blackhole'),
    answers: 4,
    meanwhile: hasTriedOnceMore,
    heal: (rig) => rig.toRedis!.become('pass'),
  },
];

/** Its new connections are as dead as the old ones, and it does not know yet. */
async function hasTriedOnceMore(rig: Rig): Promise<void> {
  const [worker] = rig.workers;
  const silences = () => worker!.output().split('queue: Socket timeout').length;
  const before = silences();
  await eventually(() => silences() > before + 1, { within: 20_000, what: 'two dead connections noticed' });
  const seen = rig.toRedis!.connections.length;
  await eventually(() => rig.toRedis!.connections.length > seen + 1, { what: 'two new ones' });
}

function isMisconfigured(error: Error): boolean {
  return error.message.includes('MISCONF');
}

async function withPassword(rig: Rig, ...command: string[]): Promise<void> {
  const redis = new Redis(rig.redisServer!.url, { password: 'a secret', maxRetriesPerRequest: 1 });
  try {
    await redis.call(...(command as [string]));
  } finally {
    redis.disconnect();
  }
}

describeFaults('while Redis fails', faults);
