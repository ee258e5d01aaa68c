import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { WholeNumber } from '../common/whole-number.decorator.js';
import {
  HasSmtpConnections,
  NamesRedisDatabase,
  IsMailbox,
  IsProxyTrust,
  IsUrlOf,
} from './setting-formats.js';

/** pino's levels. */
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Reads `true` and `false`; anything else is left for the validator to refuse. */
const Flag = () =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

/** What a migration needs to know: nothing but the database. */
export class DatabaseEnvironment {
  @IsUrlOf(['postgres:', 'postgresql:'])
  DATABASE_URL: string;

  @WholeNumber({ min: 1, max: 1000 })
  DATABASE_POOL_MAX = 10;
}

/** The environment variables that the service reads, with their defaults and limits (README, "Settings"). */
export class Environment extends DatabaseEnvironment {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @IsString()
  HOST = '0.0.0.0';

  @WholeNumber({ min: 0, max: 65_535 })
  PORT = 3000;

  @IsIn(['all', 'api', 'worker'])
  ROLE: 'all' | 'api' | 'worker' = 'all';

  @IsOptional()
  @IsUrlOf(['redis:', 'rediss:'])
  @NamesRedisDatabase()
  REDIS_URL?: string;

  @IsUrlOf(['smtp:', 'smtps:'])
  @HasSmtpConnections()
  SMTP_URL: string;

  @IsMailbox()
  MAIL_FROM: string;

  @IsString()
  @MinLength(32, { message: '$property must have at least 32 characters' })
  ACTIVATION_CODE_SECRET: string;

  /** Another secret whose codes are accepted: the next one before a rotation, the old one after it. */
  @IsOptional()
  @MinLength(32, { message: '$property must have at least 32 characters' })
  ACTIVATION_CODE_SECRET_PREVIOUS?: string;

  @WholeNumber({ min: 4, max: 8 })
  ACTIVATION_CODE_LENGTH = 6;

  @WholeNumber({ min: 1, max: 86_400 })
  ACTIVATION_CODE_TTL_SECONDS = 600;

  @WholeNumber({ min: 1, max: 100 })
  ACTIVATION_MAX_ATTEMPTS = 5;

  @WholeNumber({ min: 1, max: 1000 })
  ACTIVATION_DAILY_ATTEMPTS = 20;

  @WholeNumber({ min: 0, max: 86_400 })
  ACTIVATION_RESEND_COOLDOWN_SECONDS = 60;

  @WholeNumber({ min: 1, max: 1000 })
  ACTIVATION_CODES_PER_HOUR = 5;

  @WholeNumber({ min: 1, max: 1000 })
  ACTIVATION_CODES_PER_DAY = 10;

  /** 8 is the floor of ASVS 5.0 6.2.1; bcrypt reads 72 octets at most. */
  @WholeNumber({ min: 8, max: 64 })
  PASSWORD_MIN_LENGTH = 8;

  @WholeNumber({ min: 4, max: 15 })
  BCRYPT_COST = 12;

  /** How many passwords are hashed at once; the usable cores when not set. */
  @IsOptional()
  @WholeNumber({ min: 1, max: 256 })
  HASH_THREADS?: number;

  /** `auto`: native code where there is some for this platform; `bcryptjs`: always JavaScript. */
  @IsIn(['auto', 'bcryptjs'])
  HASH_ENGINE: 'auto' | 'bcryptjs' = 'auto';

  /** How many may wait for a hash thread altogether; 64 for each thread when not set. */
  @IsOptional()
  @WholeNumber({ min: 1, max: 100_000 })
  HASH_QUEUE_MAX?: number;

  @Flag()
  @IsBoolean()
  RATE_LIMIT_ENABLED = true;

  @IsProxyTrust()
  TRUST_PROXY = 'false';

  @IsOptional()
  @Flag()
  @IsBoolean()
  HTTPS_ONLY?: boolean;

  @IsOptional()
  @IsString()
  TLS_CERT_FILE?: string;

  @IsOptional()
  @IsString()
  TLS_KEY_FILE?: string;

  @IsOptional()
  @Matches(/^[^:\p{Cc}]+$/u, { message: '$property must not contain a colon or control characters' })
  ADMIN_USERNAME?: string;

  @IsOptional()
  @IsNotEmpty()
  ADMIN_PASSWORD?: string;

  @IsOptional()
  @IsIn(['public', 'admin', 'off'])
  DOCS_ACCESS?: 'public' | 'admin' | 'off';

  @Flag()
  @IsBoolean()
  CONCEAL_ACCOUNTS = false;

  @WholeNumber({ min: 1, max: 8760 })
  PENDING_USER_RETENTION_HOURS = 24;

  @WholeNumber({ min: 1, max: 600 })
  SHUTDOWN_GRACE_SECONDS = 20;

  /** A tenth of the grace when not set; at most half of it. */
  @IsOptional()
  @WholeNumber({ min: 0, max: 300 })
  SHUTDOWN_DRAIN_SECONDS?: number;

  /** A collector of traces. OpenTelemetry's own names: it reads these, and its others, itself. */
  @IsOptional()
  @IsUrlOf(['http:', 'https:'])
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** The same, but the whole URL: `/v1/traces` is not added. */
  @IsOptional()
  @IsUrlOf(['http:', 'https:'])
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  @IsIn(logLevels)
  LOG_LEVEL: (typeof logLevels)[number] = 'info';
}
