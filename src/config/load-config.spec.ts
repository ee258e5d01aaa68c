import { describe, expect, it } from '@jest/globals';
import { InvalidSettings, parseConfig, parseDatabaseConfig } from './load-config.js';
import { libuvThreads, usableCores } from './usable-threads.js';

const required = {
  DATABASE_URL: 'postgresql://app:database-canary@db.internal:5432/app',
  SMTP_URL: 'smtp://user:smtp-canary@mail.internal:587',
  MAIL_FROM: 'Registration <no-reply@example.com>',
  ACTIVATION_CODE_SECRET: 'code-canary-0123456789-0123456789',
};

/** What is wrong with the settings; nothing when they are fine. */
function faults(
  variables: NodeJS.ProcessEnv,
  parse: (variables: NodeJS.ProcessEnv) => unknown = parseConfig,
): string[] {
  try {
    parse(variables);
    return [];
  } catch (error) {
    if (error instanceof InvalidSettings) return error.faults;
    throw error;
  }
}

const { cores, limited } = usableCores();

const defaults = {
  environment: 'development',
  host: '0.0.0.0',
  port: 3000,
  role: 'all',
  database: { url: required.DATABASE_URL, poolMax: 10 },
  redisUrl: undefined,
  mail: {
    smtpUrl: required.SMTP_URL,
    connections: 10,
    from: { name: 'Registration', address: 'no-reply@example.com' },
  },
  code: {
    secrets: [required.ACTIVATION_CODE_SECRET],
    length: 6,
    ttlSeconds: 600,
    maxAttempts: 5,
    dailyAttempts: 20,
    cooldownSeconds: 60,
    perHour: 5,
    perDay: 10,
  },
  password: { minLength: 8, bcryptCost: 12 },
  hashing: {
    native: true,
    threads: cores,
    atOnce: Math.min(libuvThreads(), limited ? cores : cores + 1),
    queueMax: 64 * Math.min(libuvThreads(), cores),
  },
  rateLimitEnabled: true,
  trustProxy: false,
  httpsOnly: false,
  tls: undefined,
  admin: undefined,
  docsAccess: 'public',
  concealAccounts: false,
  pendingRetentionHours: 24,
  shutdownGraceSeconds: 20,
  exportsTraces: false,
  shutdownDrainSeconds: 2,
  logLevel: 'info',
};

describe('defaults', () => {
  it('are those of the contract, for every setting', () => {
    expect(parseConfig(required)).toEqual(defaults);
  });

  it('hold for an empty variable as for an absent one', () => {
    const optional = [
      'HOST',
      'PORT',
      'REDIS_URL',
      'HASH_QUEUE_MAX',
      'HTTPS_ONLY',
      'ADMIN_USERNAME',
      'DOCS_ACCESS',
    ];
    const empty = Object.fromEntries(optional.map((name) => [name, '']));
    expect(parseConfig({ ...empty, ...required })).toEqual(defaults);
  });

  it('are strict in production', () => {
    const production = { ...defaults, environment: 'production', httpsOnly: true, docsAccess: 'admin' };
    expect(parseConfig({ ...required, NODE_ENV: 'production' })).toEqual(production);
  });

  it('leave a tenth of the grace to load balancers, where there are any', () => {
    const grace = { ...required, SHUTDOWN_GRACE_SECONDS: '50' };
    expect(parseConfig({ ...grace, ROLE: 'api' }).shutdownDrainSeconds).toBe(5);
    expect(parseConfig({ ...grace, ROLE: 'worker' }).shutdownDrainSeconds).toBe(0);
  });

  it.each([
    [
      'as many passwords at once as somebody wants',
      { HASH_THREADS: '3' },
      { threads: 3, atOnce: 3, queueMax: 192 },
    ],
    [
      'no more at once than libuv has threads',
      { HASH_THREADS: '200' },
      { threads: 200, atOnce: libuvThreads(), queueMax: 64 * libuvThreads() },
    ],
    [
      'as many on worker threads as somebody wants',
      { HASH_THREADS: '200', HASH_ENGINE: 'bcryptjs' },
      { threads: 200, queueMax: 12_800 },
    ],
  ])('hash %s, and let 64 wait for each', (_, variables: NodeJS.ProcessEnv, hashing) => {
    expect(parseConfig({ ...required, ...variables }).hashing).toMatchObject(hashing);
  });
});

it('every setting can be set (the certificate: e2e/environment)', () => {
  const config = parseConfig({
    ...required,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '8443',
    ROLE: 'api',
    DATABASE_POOL_MAX: '3',
    REDIS_URL: 'rediss://:p%40ss@cache.internal/3',
    ACTIVATION_CODE_SECRET_PREVIOUS: 'older-canary-0123456789-0123456789',
    ACTIVATION_CODE_LENGTH: '8',
    ACTIVATION_CODE_TTL_SECONDS: '120',
    ACTIVATION_MAX_ATTEMPTS: '3',
    ACTIVATION_DAILY_ATTEMPTS: '9',
    ACTIVATION_RESEND_COOLDOWN_SECONDS: '0',
    ACTIVATION_CODES_PER_HOUR: '2',
    ACTIVATION_CODES_PER_DAY: '4',
    PASSWORD_MIN_LENGTH: '15',
    BCRYPT_COST: '14',
    HASH_THREADS: '2',
    HASH_QUEUE_MAX: '7',
    HASH_ENGINE: 'bcryptjs',
    RATE_LIMIT_ENABLED: 'false',
    TRUST_PROXY: '10.0.0.0/8',
    HTTPS_ONLY: 'false',
    ADMIN_USERNAME: 'operator',
    ADMIN_PASSWORD: 'pass:word',
    DOCS_ACCESS: 'off',
    CONCEAL_ACCOUNTS: 'true',
    PENDING_USER_RETENTION_HOURS: '48',
    SHUTDOWN_GRACE_SECONDS: '5',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.internal:4318',
    SHUTDOWN_DRAIN_SECONDS: '1',
    LOG_LEVEL: 'warn',
  });
  expect(config).toEqual({
    environment: 'production',
    host: '127.0.0.1',
    port: 8443,
    role: 'api',
    database: { url: required.DATABASE_URL, poolMax: 3 },
    redisUrl: 'rediss://:p%40ss@cache.internal/3',
    mail: defaults.mail,
    code: {
      secrets: [required.ACTIVATION_CODE_SECRET, 'older-canary-0123456789-0123456789'],
      length: 8,
      ttlSeconds: 120,
      maxAttempts: 3,
      dailyAttempts: 9,
      cooldownSeconds: 0,
      perHour: 2,
      perDay: 4,
    },
    password: { minLength: 15, bcryptCost: 14 },
    hashing: { threads: 2, queueMax: 7, native: false, atOnce: 2 },
    rateLimitEnabled: false,
    trustProxy: ['10.0.0.0/8'],
    httpsOnly: false,
    tls: undefined,
    admin: { username: 'operator', password: 'pass:word' },
    docsAccess: 'off',
    concealAccounts: true,
    pendingRetentionHours: 48,
    shutdownGraceSeconds: 5,
    exportsTraces: true,
    shutdownDrainSeconds: 1,
    logLevel: 'warn',
  });
});

it.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
  'traces are exported as soon as %s is set, to a URL of HTTP',
  (name) => {
    expect(parseConfig({ ...required, [name]: 'https://collector.internal' }).exportsTraces).toBe(true);
    expect(parseConfig({ ...required, [name]: ' ' }).exportsTraces).toBe(false);
    expect(faults({ ...required, [name]: 'collector-canary:4317' })).toEqual([
      `${name} must be a http:// or https:// URL`,
    ]);
  },
);

it('nobody can change the settings of a running process', () => {
  const config = parseConfig(required);
  expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
});

it('a migration needs the database and nothing else', () => {
  expect(parseDatabaseConfig({ DATABASE_URL: required.DATABASE_URL })).toEqual({
    url: required.DATABASE_URL,
    poolMax: 10,
  });
  expect(faults({}, parseDatabaseConfig)).toEqual([expect.stringContaining('DATABASE_URL')]);
});

describe('a setting is refused', () => {
  it.each([
    ['DATABASE_URL', undefined],
    ['DATABASE_URL', 'canary'],
    ['DATABASE_URL', 'mysql://canary@db/app'],
    ['DATABASE_URL', 'postgresql:///canary'],
    ['DATABASE_POOL_MAX', '0'],
    ['DATABASE_POOL_MAX', '1001'],
    ['NODE_ENV', 'canary'],
    ['PORT', 'canary'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '3e3'],
    ['PORT', '0x50'],
    ['ROLE', 'canary'],
    ['REDIS_URL', 'http://canary'],
    ['REDIS_URL', 'redis://cache/canary'],
    ['REDIS_URL', 'redis://:can%ary@cache'],
    ['SMTP_URL', 'smtp://user:can%ary@mail'],
    ['SMTP_URL', 'smtp://canary%:41@mail'],
    ['DATABASE_URL', 'postgresql://user:can%ary@db/app'],
    ['SMTP_URL', undefined],
    ['SMTP_URL', 'http://canary'],
    ['SMTP_URL', 'smtp://canary?maxConnections=0'],
    ['MAIL_FROM', undefined],
    ['MAIL_FROM', 'canary'],
    ['ACTIVATION_CODE_SECRET', undefined],
    ['ACTIVATION_CODE_SECRET', 'canary-of-31-characters-0123456'],
    ['ACTIVATION_CODE_SECRET_PREVIOUS', 'canary'],
    ['ACTIVATION_CODE_LENGTH', '3'],
    ['ACTIVATION_CODE_LENGTH', '9'],
    ['ACTIVATION_CODE_TTL_SECONDS', '0'],
    ['ACTIVATION_CODE_TTL_SECONDS', '86401'],
    ['ACTIVATION_MAX_ATTEMPTS', '0'],
    ['ACTIVATION_MAX_ATTEMPTS', '101'],
    ['ACTIVATION_DAILY_ATTEMPTS', '0'],
    ['ACTIVATION_RESEND_COOLDOWN_SECONDS', '-1'],
    ['ACTIVATION_CODES_PER_HOUR', '0'],
    ['ACTIVATION_CODES_PER_DAY', '0'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['PASSWORD_MIN_LENGTH', '65'],
    ['BCRYPT_COST', '3'],
    ['BCRYPT_COST', '16'],
    ['HASH_THREADS', '0'],
    ['HASH_QUEUE_MAX', '0'],
    ['HASH_QUEUE_MAX', 'canary'],
    ['RATE_LIMIT_ENABLED', 'canary'],
    ['RATE_LIMIT_ENABLED', '1'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'canary'],
    ['HTTPS_ONLY', 'yes'],
    ['ADMIN_USERNAME', 'canary:x'],
    ['DOCS_ACCESS', 'canary'],
    ['CONCEAL_ACCOUNTS', 'TRUE'],
    ['PENDING_USER_RETENTION_HOURS', '0'],
    ['SHUTDOWN_GRACE_SECONDS', '0'],
    ['SHUTDOWN_GRACE_SECONDS', '601'],
    ['SHUTDOWN_DRAIN_SECONDS', '-1'],
    ['SHUTDOWN_DRAIN_SECONDS', '11'],
    ['LOG_LEVEL', 'canary'],
  ])('%s=%s', (name, value) => {
    const pair = name === 'ADMIN_USERNAME' ? { ADMIN_PASSWORD: 'x' } : {};
    const found = faults({ ...required, ...pair, [name]: value });
    expect(found).toEqual([
      expect.stringMatching(new RegExp(`^${name} ${value === undefined ? 'is required' : 'must '}`)),
    ]);
    expect(found.join()).not.toContain('canary');
  });

  it.each([
    ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
    ['TLS_KEY_FILE', 'TLS_CERT_FILE'],
    ['ADMIN_USERNAME', 'ADMIN_PASSWORD'],
    ['ADMIN_PASSWORD', 'ADMIN_USERNAME'],
  ])('%s without %s', (given, missing) => {
    expect(faults({ ...required, [given]: 'canary' })).toEqual([
      expect.stringMatching(new RegExp(`^(?=.*${given})(?=.*${missing}).* must be set together$`)),
    ]);
  });
});

it.each([
  ['a line end', 'canary\n'],
  ['1,200 characters', 'canary'.repeat(200)],
])("an operator's password that could never be sent is a fault: %s", (_, password) => {
  const found = faults({ ...required, ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: password });
  expect(found).toEqual([expect.stringMatching(/^ADMIN_USERNAME and ADMIN_PASSWORD must be short/)]);
  expect(found.join()).not.toContain('canary');
});

it('all faults are told at once, and no value of any of them', () => {
  const wrong = {
    DATABASE_URL: 'canary',
    SMTP_URL: 'canary',
    MAIL_FROM: 'canary',
    ACTIVATION_CODE_SECRET: 'canary',
    REDIS_URL: 'canary',
    ROLE: 'canary',
    PORT: 'canary',
    LOG_LEVEL: 'canary',
    TLS_CERT_FILE: 'canary',
    ADMIN_PASSWORD: 'canary',
  };
  const found = faults(wrong);
  for (const name of Object.keys(wrong)) expect(found).toContainEqual(expect.stringContaining(name));
  const { message, stack } = new InvalidSettings(found);
  expect(message.split('\n')).toEqual(['Invalid settings:', ...found.map((fault) => `  - ${fault}`)]);
  expect(stack).not.toContain('canary');
});
