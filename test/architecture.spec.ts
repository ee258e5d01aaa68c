import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ICruiseResult, type IForbiddenRuleType, cruise } from 'dependency-cruiser';

const repository = join(import.meta.dirname, '..');

/** Who may import whom: folders of src, and what each may know of the others. Files beside them may know all. */
const mayImport: Record<string, string[]> = {
  common: [],
  config: ['common'],
  metrics: ['common'],
  redis: [],
  database: ['common', 'config'],
  mail: ['common', 'config', 'database', 'metrics', 'redis'],
  users: ['common', 'config', 'database', 'metrics'],
  activation: ['common', 'config', 'database', 'mail', 'metrics', 'users'],
  registration: ['activation', 'common', 'config', 'database', 'mail', 'metrics', 'users'],
  admin: ['activation', 'common', 'config', 'mail', 'users'],
  upkeep: ['activation', 'common', 'config', 'database', 'mail', 'users'],
  health: ['common', 'config', 'database', 'mail'],
  http: ['common', 'config', 'metrics', 'redis'],
  tracing: ['common', 'config'],
};

/** Which folders may import a package; a type costs nothing and binds nobody. */
const onlyImporters: Record<string, string[]> = {
  pg: ['database'],
  'node-pg-migrate': ['database'],
  bullmq: ['mail'],
  '@nestjs/bullmq': ['mail'],
  nodemailer: ['mail'],
  ioredis: ['mail', 'redis'],
  bcryptjs: ['users'],
  '@node-rs/bcrypt': ['users'],
  piscina: ['users'],
  'p-limit': ['users'],
  '@opentelemetry/sdk-trace-base': ['tracing'],
  '@opentelemetry/exporter-trace-otlp-http': ['tracing'],
};

const inFolders = (folders: string[]) => `^src/(${folders.join('|')})/`;

const rules: IForbiddenRuleType[] = [
  ...Object.entries(mayImport).map(([folder, others]) => ({
    name: `${folder} imports no more than it may`,
    severity: 'error' as const,
    from: { path: inFolders([folder]) },
    to: { path: '^src/', pathNot: inFolders([folder, ...others]) },
  })),
  ...Object.entries(onlyImporters).map(([name, folders]) => ({
    name: `only ${folders.join(' and ')} import ${name}`,
    severity: 'error' as const,
    from: { path: '^src/', pathNot: inFolders(folders) },
    to: { path: `^(node_modules/)?${name}(/|$)`, dependencyTypesNot: ['type-only' as const] },
  })),
  { name: 'no cycle', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'a repository knows no service',
    severity: 'error',
    from: { path: '\\.repository\\.ts$' },
    to: { path: '\\.(service|controller|guard|module|pipe)\\.ts$' },
  },
  {
    name: 'a service knows neither controllers nor Express',
    severity: 'error',
    from: { path: '\\.service\\.ts$' },
    to: { path: '(\\.(controller|guard|pipe|middleware)\\.ts$)|(^(node_modules/)?express(/|$))' },
  },
];

/** Reads every import under `src` of a directory. @returns what breaks a rule, and how many files were read */
async function violationsIn(baseDir: string): Promise<{ violations: string[]; files: number }> {
  const { output } = await cruise(['src'], {
    baseDir,
    ruleSet: { forbidden: rules },
    validate: true,
    tsPreCompilationDeps: true,
    exclude: { path: '\\.spec\\.ts$' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  });
  const { modules, summary } = output as ICruiseResult;
  const violations = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  return { violations, files: modules.filter(({ source }) => source.startsWith('src/')).length };
}

/** The sources of the service, by their path in src. */
function sources(): [string, string][] {
  return readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.endsWith('.spec.ts'))
    .map((path) => [path, readFileSync(join(repository, 'src', path), 'utf8')]);
}

const filesWith = (pattern: RegExp) =>
  sources().flatMap(([path, text]) => (pattern.test(text) ? [path] : []));

describe('imports', () => {
  it('keep to the table', async () => {
    const { violations, files } = await violationsIn(repository);
    expect(violations).toEqual([]);
    expect(files).toBe(sources().length);
  });

  it('of every folder are in the table', () => {
    const folders = new Set(sources().flatMap(([path]) => (path.includes('/') ? path.split('/', 1) : [])));
    expect([...folders].toSorted()).toEqual(Object.keys(mayImport).toSorted());
  });

  it.each<[string, string, string, string]>([
    [
      'a folder that knows too much',
      'common/planted.ts',
      `export { x } from '../config/other.js';`,
      'config/other.ts',
    ],
    [
      'mail that knows a feature',
      'mail/planted.ts',
      `export { x } from '../activation/other.js';`,
      'activation/other.ts',
    ],
    [
      'a folder that knows the whole',
      'users/planted.ts',
      `export { x } from '../app.module.js';`,
      'app.module.ts',
    ],
    [
      'a type of a folder it must not know',
      'config/planted.ts',
      `import type { x } from '../mail/other.js'; export type y = typeof x;`,
      'mail/other.ts',
    ],
    [
      'an import at run time',
      'config/planted.ts',
      `export const y = await import('../mail/other.js');`,
      'mail/other.ts',
    ],
    [
      'pg outside of database',
      'users/planted.ts',
      `import { Pool } from 'pg'; export const pool = new Pool();`,
      '',
    ],
    ['bullmq outside of mail', 'admin/planted.ts', `export { Queue } from 'bullmq';`, ''],
    [
      '@nestjs/bullmq outside of mail',
      'health/planted.ts',
      `export { InjectQueue } from '@nestjs/bullmq';`,
      '',
    ],
    [
      "OpenTelemetry's SDK outside of tracing",
      'common/planted.ts',
      `export { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';`,
      '',
    ],
    ['ioredis outside of redis and mail', 'http/planted.ts', `export { Redis } from 'ioredis';`, ''],
    ['nodemailer outside of mail', 'planted.ts', `export { createTransport } from 'nodemailer';`, ''],
    ['a cycle', 'mail/planted.ts', `export { x } from './other.js'; export const y = 1;`, 'mail/other.ts'],
    [
      'a repository that knows a service',
      'mail/planted.repository.ts',
      `export { x } from './other.service.js';`,
      'mail/other.service.ts',
    ],
    [
      'a service that knows Express',
      'mail/planted.service.ts',
      `export type { Request } from 'express';`,
      '',
    ],
  ])('are refused: %s', async (_, path, text, other) => {
    const directory = mkdtempSync(join(tmpdir(), 'planted-'));
    const plant = (name: string, content: string) => {
      mkdirSync(dirname(join(directory, 'src', name)), { recursive: true });
      writeFileSync(join(directory, 'src', name), content);
    };
    try {
      plant(path, text);
      if (other !== '') {
        const back = path === 'mail/planted.ts' && other === 'mail/other.ts';
        plant(other, back ? `export { y } from './planted.js'; export const x = 1;` : 'export const x = 1;');
      }
      const { violations } = await violationsIn(directory);
      expect(violations).not.toEqual([]);
      expect(violations.every((violation) => violation.includes('planted'))).toBe(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('sources', () => {
  const environment = /\bprocess\s*\??\s*(\.\s*env|\[)|\}\s*=\s*process\b|from '(node:)?process'/;

  it('read the environment in config and nowhere else', () => {
    expect(filesWith(environment).filter((path) => !path.startsWith('config/'))).toEqual([]);
  });

  it.each([
    'process.env.X',
    "process['env']",
    'process?.env',
    'const { env } = process',
    "import { env } from 'node:process'",
  ])('could not read it as %s', (text) => expect(text).toMatch(environment));

  it('know no forwardRef, and HttpException only where errors become answers', () => {
    expect(filesWith(/\bforwardRef\b/)).toEqual([]);
    expect(filesWith(/\bHttpException\b/)).toEqual(['http/problem.filter.ts']);
  });

  it.each([
    ['users', 'users/users.repository.ts'],
    ['activation_codes', 'activation/activation.repository.ts'],
    ['mails', 'mail/outbox.repository.ts'],
  ])('write the table %s in one place', (table, file) => {
    expect(filesWith(new RegExp(`\\b(insert into|update|delete from)\\s+${table}\\b`, 'i'))).toEqual([file]);
  });

  it('have arguments in the growth benchmark for every method of a repository, so that its plan is seen', async () => {
    const samples = readFileSync(join(repository, 'bench/growth/samples.mjs'), 'utf8');
    const methods: string[] = [];
    for (const [path] of sources().filter(([file]) => file.endsWith('.repository.ts'))) {
      const module = (await import(join(repository, 'src', path))) as Record<string, new () => object>;
      for (const { name, prototype } of Object.values(module))
        methods.push(...Object.getOwnPropertyNames(prototype).map((method) => `${name}.${method}`));
    }
    expect(methods).toContain('UsersRepository.findByEmail');
    const unseen = methods.filter((method) => !samples.includes(`'${method}'`));
    expect(unseen.filter((method) => !method.endsWith('.constructor'))).toEqual([]);
  });
});
