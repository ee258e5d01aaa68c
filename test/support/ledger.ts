import { randomBytes } from 'node:crypto';
import { basic, newEmail } from './client.js';
import { eventually } from './eventually.js';
import type { Replica, Rig } from './rig.js';
import { newAddress } from './visitor.js';

/** One request of a client and how it was answered. */
export interface Entry {
  what: 'register' | 'activate' | 'resend' | 'live';
  email: string;
  replica: Replica;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** 0: there was no answer. */
  status: number;
  retryAfter: string | null;
  milliseconds: number;
  /** The body, or why there was none. */
  text: string;
}

/** Longer than any answer may take. */
const PATIENCE_MS = 12_000;

/** From one registration to the next of the steady client: four a second. */
const PACE_MS = 250;

/** Clients of a rig, and all that they asked and were answered. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** Everybody's, and found nowhere else: to look for where it must not be. */
  readonly password = `Canary-${randomBytes(6).toString('hex')} sings`;
  private readonly underWay = new Set<Promise<unknown>>();
  private turn = 0;
  private timer: NodeJS.Timeout | undefined;
  private crowding = false;

  constructor(private readonly rig: Rig) {}

  /** The addresses that were told 201. */
  get accepted(): string[] {
    return this.registrations((entry) => entry.status === 201);
  }

  /** The addresses whose registration failed, as far as they know. */
  get refused(): string[] {
    const accepted = new Set(this.accepted);
    return [...new Set(this.registrations(({ status }) => status !== 201))].filter(
      (email) => !accepted.has(email),
    );
  }

  /** How many requests wait for their answer. */
  get waiting(): number {
    return this.underWay.size;
  }

  /** How long the slowest answer took, milliseconds. */
  get longest(): number {
    return Math.max(0, ...this.entries.map(({ milliseconds }) => milliseconds));
  }

  /** Registers somebody new every so often from now on, on the replicas in turn, come what may. */
  startSteadyClient(everyMs = PACE_MS): void {
    const next = () => void (this.rig.apis.length > 0 && this.register());
    this.timer = setInterval(next, everyMs);
  }

  /** So many more clients, each of which asks something cheap again as soon as it is answered. */
  startCrowd(clients: number): void {
    this.crowding = true;
    const ask = async () => {
      while (this.crowding) await this.ask('live', '', '/health/live');
    };
    for (let i = 0; i < clients; i++) void ask();
  }

  /** Waits for the last answers, too. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.crowding = false;
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Waits until so many more registrations were answered, well or badly. */
  async answered(count: number, within = 60_000): Promise<void> {
    const goal = this.entries.length + count;
    await eventually(() => this.entries.length >= goal, { within, what: `${count} more answers` });
  }

  /** Waits until so many more registrations were accepted. */
  async registered(count: number, within = 60_000): Promise<void> {
    const goal = this.accepted.length + count;
    await eventually(() => this.accepted.length >= goal, { within, what: `${count} more registrations` });
  }

  /** Registers one address, once. */
  register(email = newEmail()): Promise<Entry> {
    const { password } = this;
    return this.ask('register', email, '/v1/registration', { body: { email, password } });
  }

  activate(email: string, code: string): Promise<Entry> {
    return this.ask('activate', email, '/v1/activation', {
      auth: basic(email, this.password),
      body: { code },
    });
  }

  resend(email: string): Promise<Entry> {
    return this.ask('resend', email, '/v1/activation/code', { auth: basic(email, this.password), body: {} });
  }

  /** How many mails an address was promised; one for a registration whose outcome nobody was told. */
  promisedTo(email: string): number {
    const promises = this.entries.filter(
      (entry) => entry.email === email && (entry.status === 201 || entry.status === 202),
    );
    return Math.max(1, promises.length);
  }

  /** Somebody whom the test has erased. */
  forget(email: string): void {
    const kept = this.entries.filter((entry) => entry.email !== email);
    this.entries.splice(0, this.entries.length, ...kept);
  }

  private registrations(wanted: (entry: Entry) => boolean): string[] {
    return this.entries
      .filter((entry) => entry.what === 'register' && wanted(entry))
      .map(({ email }) => email);
  }

  /**
   * Never throws: no answer is an answer, too. Each client has an address of its own, for the limits. As load
   * balancers do, it goes on to the next replica where nobody listens, because nothing was sent there.
   */
  private async ask(what: Entry['what'], email: string, path: string, request?: Post): Promise<Entry> {
    const startedAt = Date.now();
    const start = performance.now();
    let replica = this.nextReplica();
    const asking = (async () => {
      let answer = await send(replica.url + path, request);
      for (let tries = 1; answer.text.includes('ECONNREFUSED') && tries < 4; tries++) {
        replica = this.nextReplica();
        answer = await send(replica.url + path, request);
      }
      return answer;
    })();
    this.underWay.add(asking);
    const answer = await asking;
    this.underWay.delete(asking);
    const milliseconds = Math.round(performance.now() - start);
    const entry = { what, email, replica, startedAt, milliseconds, ...answer };
    this.entries.push(entry);
    return entry;
  }

  private nextReplica(): Replica {
    const { apis } = this.rig;
    return apis[(this.turn += 1) % apis.length] ?? this.rig.replicas.at(-1)!;
  }
}

interface Post {
  auth?: string;
  body: object;
}

async function send(url: string, post?: Post): Promise<Pick<Entry, 'status' | 'retryAfter' | 'text'>> {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': newAddress(),
    ...(post?.auth === undefined ? {} : { authorization: post.auth }),
  };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(
      url,
      post === undefined
        ? { headers, signal }
        : { headers, signal, method: 'POST', body: JSON.stringify(post.body) },
    );
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, retryAfter, text: await response.text() };
  } catch (error) {
    return { status: 0, retryAfter: null, text: String((error as Error).cause ?? error) };
  }
}
