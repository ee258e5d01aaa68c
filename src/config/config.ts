import type { Certificate } from './certificate.js';
import type { Mailbox } from './setting-formats.js';

/** Where the database is and how many connections this process may hold. */
export interface DatabaseConfig {
  readonly url: string;
  readonly poolMax: number;
}

/** The settings of this process: typed, validated and frozen. Injected wherever one is needed. */
export class Config {
  readonly environment: 'development' | 'test' | 'production';
  readonly host: string;
  readonly port: number;
  readonly role: 'all' | 'api' | 'worker';
  readonly database: DatabaseConfig;
  /** Without it BullMQ runs on PostgreSQL and limits count in this process. */
  readonly redisUrl: string | undefined;
  /** `connections`: how many mails are sent at once, each on one of its own. */
  readonly mail: { readonly smtpUrl: string; readonly connections: number; readonly from: Mailbox };
  readonly code: {
    /** The first one makes codes, all of them check. */
    readonly secrets: readonly string[];
    readonly length: number;
    readonly ttlSeconds: number;
    readonly maxAttempts: number;
    readonly dailyAttempts: number;
    readonly cooldownSeconds: number;
    readonly perHour: number;
    readonly perDay: number;
  };
  readonly password: { readonly minLength: number; readonly bcryptCost: number };
  readonly hashing: {
    /** Native code where there is some. */
    readonly native: boolean;
    readonly threads: number;
    /** How many passwords native code is given at once. */
    readonly atOnce: number;
    /** How many may wait. */
    readonly queueMax: number;
  };
  readonly rateLimitEnabled: boolean;
  /** Express's `trust proxy`: a hop count, a list of blocks, or none. */
  readonly trustProxy: number | string[] | false;
  readonly httpsOnly: boolean;
  readonly tls: Readonly<Certificate> | undefined;
  readonly admin: { readonly username: string; readonly password: string } | undefined;
  readonly docsAccess: 'public' | 'admin' | 'off';
  readonly concealAccounts: boolean;
  readonly pendingRetentionHours: number;
  readonly shutdownGraceSeconds: number;
  /** How long load balancers have to look away before nobody new is let in; a worker has none in front of it. */
  readonly shutdownDrainSeconds: number;
  /** Whether there is a collector of traces; OpenTelemetry reads where by itself. */
  readonly exportsTraces: boolean;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}
