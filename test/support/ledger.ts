import { randomBytes } from 'node:crypto';
import { basic, newEmail } from './client.js';
import { type Door, type Post, type Reply, replicasInTurn } from './doors.js';
import { eventually } from './eventually.js';
import type { Rig } from './rig.js';

/** One request of a client and how it was answered. */
export interface Entry extends Reply {
  what: 'register' | 'activate' | 'resend' | 'live';
  email: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  milliseconds: number;
}

/** From one registration to the next of the steady client: four a second. */
const PACE_MS = 250;

/** Clients of a rig, and all that they asked and were answered. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** Everybody's, and found nowhere else: to look for where it must not be. */
  readonly password = `Canary-${randomBytes(6).toString('hex')} sings`;
  private readonly underWay = new Set<Promise<unknown>>();
  private timer: NodeJS.Timeout | undefined;
  private crowding = false;

  /** @param door to the replicas in turn unless given */
  constructor(
    private readonly rig: Rig,
    private readonly door: Door = replicasInTurn(rig),
  ) {}

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
    // One by one: a crowd leaves more entries than a call takes arguments.
    return this.entries.reduce((longest, { milliseconds }) => Math.max(longest, milliseconds), 0);
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

  private async ask(what: Entry['what'], email: string, path: string, post?: Post): Promise<Entry> {
    const startedAt = Date.now();
    const start = performance.now();
    const asking = this.door(path, post);
    this.underWay.add(asking);
    const reply = await asking;
    this.underWay.delete(asking);
    const milliseconds = Math.round(performance.now() - start);
    const entry = { what, email, startedAt, milliseconds, ...reply };
    this.entries.push(entry);
    return entry;
  }
}
