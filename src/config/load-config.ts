import { ConfigModule as NestConfigModule } from '@nestjs/config';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { parseBasicCredentials } from '../common/basic-credentials.js';
import { type Certificate, readCertificate } from './certificate.js';
import { Config, type DatabaseConfig } from './config.js';
import { DatabaseEnvironment, Environment } from './environment.js';
import { parseMailbox, parseProxyTrust, parseSmtpConnections } from './setting-formats.js';
import { libuvThreads, usableCores } from './usable-threads.js';

/** The settings are wrong. Lists every fault at once and repeats no value: many of them are secrets. */
export class InvalidSettings extends Error {
  constructor(readonly faults: string[]) {
    super(`Invalid settings:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'InvalidSettings';
  }
}

/**
 * Reads `.env` and the environment (which wins) through @nestjs/config.
 *
 * @throws InvalidSettings
 */
export async function readEnvironment(): Promise<NodeJS.ProcessEnv> {
  let environment: NodeJS.ProcessEnv = {};
  await NestConfigModule.forRoot({ validate: (merged) => (environment = merged) });
  return environment;
}

/**
 * Makes the settings of one process out of its environment.
 *
 * @throws InvalidSettings
 */
export function parseConfig(variables: NodeJS.ProcessEnv): Config {
  const { value: env, faults } = check(Environment, variables);
  let tls: Certificate | undefined;
  if ((env.TLS_CERT_FILE === undefined) !== (env.TLS_KEY_FILE === undefined)) {
    faults.push('TLS_CERT_FILE and TLS_KEY_FILE must be set together');
  } else if (env.TLS_CERT_FILE !== undefined) {
    try {
      tls = readCertificate(env.TLS_CERT_FILE, env.TLS_KEY_FILE!);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      faults.push(`TLS_CERT_FILE and TLS_KEY_FILE must be a certificate and its key in PEM: ${code}`);
    }
  }
  if ((env.ADMIN_USERNAME === undefined) !== (env.ADMIN_PASSWORD === undefined)) {
    faults.push('ADMIN_USERNAME and ADMIN_PASSWORD must be set together');
  } else if (!canBeSent(env)) {
    faults.push(
      'ADMIN_USERNAME and ADMIN_PASSWORD must be short enough for a header, and without control characters',
    );
  }
  if ((env.SHUTDOWN_DRAIN_SECONDS ?? 0) > env.SHUTDOWN_GRACE_SECONDS / 2) {
    faults.push('SHUTDOWN_DRAIN_SECONDS must not be more than half of SHUTDOWN_GRACE_SECONDS');
  }
  if (faults.length > 0) throw new InvalidSettings(faults);
  return Object.freeze(Object.assign(new Config(), sections(env, tls)));
}

/** Nobody could sign in with what HTTP Basic does not carry: a line end behind a password is easily kept in a secret. */
function canBeSent({ ADMIN_USERNAME, ADMIN_PASSWORD }: Environment): boolean {
  const pair = Buffer.from(`${ADMIN_USERNAME}:${ADMIN_PASSWORD}`).toString('base64');
  return parseBasicCredentials(`Basic ${pair}`) !== undefined;
}

/**
 * The part of the settings that a migration needs.
 *
 * @throws InvalidSettings
 */
export function parseDatabaseConfig(variables: NodeJS.ProcessEnv): DatabaseConfig {
  const { value, faults } = check(DatabaseEnvironment, variables);
  if (faults.length > 0) throw new InvalidSettings(faults);
  return { url: value.DATABASE_URL, poolMax: value.DATABASE_POOL_MAX };
}

/** An empty variable counts as absent, as it does in a shell's `${NAME:-default}` and in compose files. */
function check<T extends object>(type: new () => T, variables: NodeJS.ProcessEnv) {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim() !== ''));
  const value = plainToInstance(type, given, { exposeDefaultValues: true });
  const errors = validateSync(value, { validationError: { target: false, value: false } });
  return { value, faults: errors.flatMap((error) => faultsOf(error, given[error.property] !== undefined)) };
}

/** Of what is not there, or no number, everything else is wrong, too. */
function faultsOf({ property, constraints = {} }: ValidationError, isGiven: boolean): string[] {
  if (!isGiven) return [`${property} is required`];
  return constraints['isInt'] === undefined ? Object.values(constraints) : [constraints['isInt']];
}

function sections(env: Environment, tls: Certificate | undefined): Config {
  const production = env.NODE_ENV === 'production';
  return {
    environment: env.NODE_ENV,
    host: env.HOST,
    port: env.PORT,
    role: env.ROLE,
    database: { url: env.DATABASE_URL, poolMax: env.DATABASE_POOL_MAX },
    redisUrl: env.REDIS_URL,
    mail: {
      smtpUrl: env.SMTP_URL,
      connections: parseSmtpConnections(env.SMTP_URL)!,
      from: parseMailbox(env.MAIL_FROM)!,
    },
    code: {
      secrets: [env.ACTIVATION_CODE_SECRET, env.ACTIVATION_CODE_SECRET_PREVIOUS].filter(
        (s) => s !== undefined,
      ),
      length: env.ACTIVATION_CODE_LENGTH,
      ttlSeconds: env.ACTIVATION_CODE_TTL_SECONDS,
      maxAttempts: env.ACTIVATION_MAX_ATTEMPTS,
      dailyAttempts: env.ACTIVATION_DAILY_ATTEMPTS,
      cooldownSeconds: env.ACTIVATION_RESEND_COOLDOWN_SECONDS,
      perHour: env.ACTIVATION_CODES_PER_HOUR,
      perDay: env.ACTIVATION_CODES_PER_DAY,
    },
    password: { minLength: env.PASSWORD_MIN_LENGTH, bcryptCost: env.BCRYPT_COST },
    hashing: hashing(env),
    rateLimitEnabled: env.RATE_LIMIT_ENABLED,
    trustProxy: parseProxyTrust(env.TRUST_PROXY)!,
    httpsOnly: env.HTTPS_ONLY ?? production,
    tls,
    admin:
      env.ADMIN_USERNAME === undefined
        ? undefined
        : { username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD! },
    docsAccess: env.DOCS_ACCESS ?? (production ? 'admin' : 'public'),
    concealAccounts: env.CONCEAL_ACCOUNTS,
    pendingRetentionHours: env.PENDING_USER_RETENTION_HOURS,
    shutdownGraceSeconds: env.SHUTDOWN_GRACE_SECONDS,
    shutdownDrainSeconds:
      env.ROLE === 'worker' ? 0 : (env.SHUTDOWN_DRAIN_SECONDS ?? env.SHUTDOWN_GRACE_SECONDS / 10),
    exportsTraces: (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    logLevel: env.LOG_LEVEL,
  };
}

/**
 * Native code is given one password more than there are cores, if nobody wants another number: no core waits for the event
 * loop between two of them then. Not where the process is limited: what it may use would be spent halfway, and the event
 * loop stand still, too. And never more than libuv has threads: files and names are looked up there, too, and what waits
 * there gets the next thread that ends its hash.
 */
function hashing(env: Environment): Config['hashing'] {
  const { cores, limited } = usableCores();
  const native = env.HASH_ENGINE === 'auto';
  const threads = env.HASH_THREADS ?? cores;
  const most = native ? libuvThreads() : Infinity;
  return {
    native,
    threads,
    atOnce: Math.min(most, threads + (env.HASH_THREADS === undefined && !limited ? 1 : 0)),
    queueMax: env.HASH_QUEUE_MAX ?? 64 * Math.min(most, threads),
  };
}
