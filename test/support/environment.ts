import type { Config } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/load-config.js';

/** The environment of a service under test: production's code, cheap hashes, few threads. */
export function environment(overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none',
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'Registration <no-reply@service.test>',
    ACTIVATION_CODE_SECRET: 'a secret of the tests, long enough for the rule',
    BCRYPT_COST: '4',
    HASH_THREADS: '1',
    // All tests are one client; the limits have tests of their own.
    RATE_LIMIT_ENABLED: 'false',
    // No load balancer is in front of them either.
    SHUTDOWN_DRAIN_SECONDS: '0',
    ...overrides,
  };
}

/** The settings of a service under test. */
export function settings(overrides: NodeJS.ProcessEnv = {}): Config {
  return parseConfig(environment(overrides));
}
