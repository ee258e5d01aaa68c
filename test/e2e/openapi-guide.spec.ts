import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problems } from '../../src/common/problems.js';
import { request } from '../support/client.js';
import { OPERATOR, asOperator } from '../support/operator.js';
import { type Service, startReplica, startService } from '../support/service.js';

interface Parameter {
  name: string;
  in: string;
  description?: string;
  example?: unknown;
  schema: { type?: string; enum?: string[]; default?: unknown; example?: unknown };
}

interface Operation {
  tags: string[];
  summary: string;
  deprecated?: boolean;
  security?: object[];
  parameters: Parameter[];
  responses: Record<string, { description: string }>;
}

interface Document {
  info: { description: string };
  tags: Array<{ name: string; description: string }>;
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: Record<string, { description: string }>; schemas: object };
}

let service: Service;
let document: Document;

async function documentOf({ url }: { url: string }): Promise<Document> {
  return (await request(url, 'GET', '/openapi.json', { documented: false })).body as Document;
}

beforeAll(async () => {
  service = await startService(OPERATOR);
  document = await documentOf(service);
});

afterAll(() => service.stop());

const operations = ({ paths }: Document) => Object.values(paths).flatMap((methods) => Object.values(methods));

const allParameters = () => operations(document).flatMap(({ parameters }) => parameters);

/** What Swagger sends for a parameter that nobody touched; undefined for nothing. */
const prefilled = ({ example, schema }: Parameter) => example ?? schema.example ?? schema.default;

describe('whoever opens the document', () => {
  it('reads the groups in the order in which they are needed, each with a sentence', () => {
    expect(document.tags.map(({ name }) => name)).toEqual([
      'registration',
      'activation',
      'users',
      'admin: users',
      'admin: mails',
      'operations',
      'problems',
    ]);
    for (const { description } of document.tags) expect(description).toMatch(/^[A-Z].{10,}$/);
    const used = operations(document).flatMap(({ tags }) => tags);
    expect(document.tags.map(({ name }) => name).toSorted()).toEqual([...new Set(used)].toSorted());
  });

  it('reads nothing of an operator where there is none', async () => {
    const replica = await startReplica({ ...service.variables, ADMIN_USERNAME: '', ADMIN_PASSWORD: '' });
    try {
      const { tags, components, info } = await documentOf(replica);
      expect(tags.map(({ name }) => name)).not.toContain('admin: users');
      expect(Object.keys(components.securitySchemes)).toEqual(['account']);
      expect(info.description).not.toContain('operator');
    } finally {
      await replica.stop();
    }
  });

  it('learns whose name and password each scheme takes', () => {
    const { account, operator } = document.components.securitySchemes;
    expect(account!.description).toContain('E-mail address');
    expect(operator!.description).toContain('ADMIN_USERNAME');
  });

  it('finds every type of problem, with the way to its page', () => {
    for (const [slug, { status, explanation }] of Object.entries(problems)) {
      const row = `| ${status} | [${slug}](/problems/${slug}) | ${explanation} |`;
      expect(document.info.description).toContain(row);
    }
  });

  it('learns what each answer means', () => {
    for (const { summary, responses } of operations(document)) {
      expect(summary).not.toMatch(/[`*_]/); // Swagger shows a summary as it is
      for (const { description } of Object.values(responses)) expect(description).toMatch(/.{4,}/);
    }
  });

  it('finds nothing that is about to go', () => {
    expect(operations(document).filter(({ deprecated }) => deprecated)).toEqual([]);
  });
});

describe('a parameter', () => {
  it('is a text or a number, with a sentence or its values', () => {
    for (const { schema, description } of allParameters()) {
      expect(['string', 'integer']).toContain(schema.type);
      expect(schema.enum ?? description).toBeDefined();
    }
    expect(allParameters().find(({ name }) => name === 'limit')!.schema).toMatchObject({
      type: 'integer',
      default: 20,
    });
    expect(Object.keys(document.components.schemas)).not.toContain('Object');
  });

  it('of a path is filled in by whoever asks: an example would name nobody', () => {
    const ids = allParameters().filter(({ name }) => name === 'id');
    expect(ids.length).toBeGreaterThan(3);
    expect(ids.map(prefilled).filter((value) => value !== undefined)).toEqual([]);
  });

  it('of a query can stay as Swagger shows it, and hides nothing', async () => {
    for (const path of ['/v1/admin/users', '/v1/admin/mails']) {
      const { parameters } = document.paths[path]!['get']!;
      const sent = parameters.flatMap((parameter) =>
        prefilled(parameter) === undefined ? [] : `${parameter.name}=${String(prefilled(parameter))}`,
      );
      expect(sent).toEqual(['limit=20']);
      expect(
        (await request(service.url, 'GET', `${path}?${sent.join('&')}`, { auth: asOperator })).status,
      ).toBe(200);
    }
  });
});
