/** What the service is meant to know of one address, and what it is meant to answer: design of the HTTP contract. */

const TTL_MS = 600_000;
const COOLDOWN_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const CODES_PER_HOUR = 5;
const CODES_PER_DAY = 10;
const TRIES_PER_CODE = 5;
const TRIES_PER_DAY = 20;

/** An answer, as far as the model tells it. */
export interface Expected {
  status: number;
  /** `remaining_attempts` of the problem. */
  remaining?: number;
  /** The slug of the problem. */
  slug?: string;
}

const wrongPassword: Expected = { status: 401, slug: 'invalid-credentials' };
const tooManyCodes: Expected = { status: 429, slug: 'too-many-requests' };
const tooManyTries: Expected = { status: 429, slug: 'too-many-attempts' };

/** One address. Moments are milliseconds since the epoch. */
export class PersonModel {
  state: 'unknown' | 'pending' | 'active' = 'unknown';
  /** The digits of every mail that came, oldest first. */
  readonly delivered: string[] = [];
  /** The newest code is not mailed yet. */
  owed = false;
  private password = '';
  /** Of the newest code; the address is held as long. */
  private expiresAt = 0;
  private triesOnCode = 0;
  private codesAt: number[] = [];
  private triesAt: number[] = [];

  constructor(readonly email: string) {}

  /** The digits of the newest code, when its mail has come. */
  get code(): string | undefined {
    return this.owed ? undefined : this.delivered.at(-1);
  }

  register(password: string, now: number): Expected {
    const held = this.state === 'active' || (this.state === 'pending' && this.expiresAt > now);
    if (held) return { status: 409, slug: 'email-already-registered' };
    if (!this.mayHaveCode(now)) return tooManyCodes;
    this.state = 'pending';
    this.password = password;
    this.newCode(now);
    return { status: 201 };
  }

  resend(password: string, now: number): Expected {
    if (this.isWrong(password)) return wrongPassword;
    if (this.state === 'active') return { status: 409, slug: 'already-active' };
    if (since(this.codesAt, now - COOLDOWN_MS) > 0 || !this.mayHaveCode(now)) return tooManyCodes;
    this.newCode(now);
    return { status: 202 };
  }

  activate(password: string, digits: string, now: number): Expected {
    if (this.isWrong(password)) return wrongPassword;
    if (this.state === 'active') return { status: 409, slug: 'already-active' };
    if (since(this.triesAt, now - DAY_MS) >= TRIES_PER_DAY) return tooManyTries;
    if (this.expiresAt <= now) return { status: 400, slug: 'expired-activation-code' };
    if (this.triesOnCode >= TRIES_PER_CODE) return tooManyTries;
    this.triesOnCode += 1;
    this.triesAt.push(now);
    if (digits === this.code) {
      this.state = 'active';
      return { status: 200 };
    }
    const today = TRIES_PER_DAY - since(this.triesAt, now - DAY_MS);
    const remaining = Math.min(TRIES_PER_CODE - this.triesOnCode, today);
    return { status: 400, slug: 'invalid-activation-code', remaining };
  }

  signIn(password: string): Expected {
    return this.isWrong(password) ? wrongPassword : { status: 200 };
  }

  /** The mail of the newest code has come; the life of the code began with it. */
  receive(digits: string, now: number): void {
    this.delivered.push(digits);
    this.owed = false;
    this.expiresAt = now + TTL_MS;
  }

  /** Everything is that much longer ago. */
  age(milliseconds: number): void {
    this.expiresAt -= milliseconds;
    this.codesAt = this.codesAt.map((moment) => moment - milliseconds);
    this.triesAt = this.triesAt.map((moment) => moment - milliseconds);
  }

  private isWrong(password: string): boolean {
    return this.state === 'unknown' || password !== this.password;
  }

  private mayHaveCode(now: number): boolean {
    return (
      since(this.codesAt, now - HOUR_MS) < CODES_PER_HOUR && since(this.codesAt, now - DAY_MS) < CODES_PER_DAY
    );
  }

  private newCode(now: number): void {
    this.codesAt.push(now);
    this.triesOnCode = 0;
    this.expiresAt = now + TTL_MS;
    this.owed = true;
  }
}

function since(moments: number[], start: number): number {
  return moments.filter((moment) => moment > start).length;
}

/** What the commands of a run share. */
export interface Model {
  people: PersonModel[];
  smtp: boolean;
  redis: boolean;
}
