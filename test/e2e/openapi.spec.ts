import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { problems } from '../../src/common/problems.js';
import { request } from '../support/client.js';
import { type Service, startService } from '../support/service.js';

interface Media {
  schema: object;
  examples?: Record<string, { value: { type: string; status: number } }>;
}

interface Operation {
  operationId: string;
  summary: string;
  security?: object[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { properties: Record<string, { example?: unknown }> }>;
    securitySchemes: object;
  };
}

let service: Service;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  service = await startService({ ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'pass:word' });
  document = (await request(service.url, 'GET', '/openapi.json', { documented: false })).body as Document;
  ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
});

afterAll(() => service.stop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

const problemMedia = () =>
  operations().flatMap(({ operation }) =>
    Object.entries(operation.responses)
      .filter(([status]) => Number(status) >= 400)
      .map(([status, { content }]) => ({ status: Number(status), content: content ?? {} })),
  );

describe('the document', () => {
  it('has every operation of the contract, and says who needs which credentials', () => {
    const schemes = operations().map(({ name, operation: { security = [] } }) => [
      name,
      security.flatMap((scheme) => Object.keys(scheme)).join(),
    ]);
    expect(Object.fromEntries(schemes)).toEqual({
      'POST /v1/registration': '',
      'POST /v1/activation': 'account',
      'POST /v1/activation/code': 'account',
      'GET /v1/users/me': 'account',
      'GET /v1/admin/users': 'operator',
      'GET /v1/admin/users/{id}': 'operator',
      'DELETE /v1/admin/users/{id}': 'operator',
      'POST /v1/admin/users/{id}/activation-code': 'operator',
      'GET /v1/admin/mails': 'operator',
      'POST /v1/admin/mails/{id}/retry': 'operator',
      'POST /v1/admin/mails/retry': 'operator',
      'GET /health': '',
      'GET /health/live': '',
      'GET /health/ready': '',
      'GET /metrics': '',
      'GET /problems/{slug}': '',
    });
  });

  it('says of what carries credentials, and of nothing else, that it must come over https', () => {
    const say = operations().filter(({ operation }) =>
      JSON.stringify(operation.responses[403] ?? {}).includes('https-required'),
    );
    const must = operations().filter(({ name }) => / \/(v1|admin)\//.test(name));
    expect(say.map(({ name }) => name)).toEqual(must.map(({ name }) => name));
  });

  it('says of each what any may answer', () => {
    for (const { operation } of operations()) {
      const told = JSON.stringify([operation.responses[400], operation.responses[500]]);
      expect(told).toContain('/problems/bad-request');
      expect(told).toContain('/problems/internal-error');
    }
  });

  it('has a name and a sentence for each, and no name twice', () => {
    const all = operations().map(({ operation }) => operation);
    for (const { operationId, summary } of all) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary).toMatch(/^[A-Z].{5,}$/);
    }
    const ids = all.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('says what credentials are, and what is answered to wrong ones', () => {
    const needing = operations().filter(({ operation }) => operation.security !== undefined);
    for (const { operation } of needing) expect(Object.keys(operation.responses)).toContain('401');
    expect(document.components.securitySchemes).toMatchObject({
      account: { type: 'http', scheme: 'basic' },
      operator: { type: 'http', scheme: 'basic' },
    });
  });

  it('takes JSON and nothing else, and always needs it where it takes it', () => {
    const bodies = operations().flatMap(({ operation }) => operation.requestBody ?? []);
    expect(bodies.length).toBeGreaterThanOrEqual(2);
    for (const { content, required } of bodies) {
      expect(Object.keys(content)).toEqual(['application/json']);
      expect(required).toBe(true);
    }
  });

  it('answers every error with a problem, and shows one of each that it names', () => {
    const media = problemMedia();
    expect(media.length).toBeGreaterThan(20);
    for (const { status, content } of media) {
      expect(Object.keys(content)).toEqual(['application/problem+json']);
      const examples = Object.entries(content['application/problem+json']!.examples!);
      expect(examples.length).toBeGreaterThan(0);
      for (const [slug, { value }] of examples) {
        expect(value).toMatchObject({ type: `/problems/${slug}`, status });
        expect(ajv.validate('openapi#/components/schemas/Problem', value)).toBe(true);
      }
    }
  });

  it('names every problem that exists somewhere, but for those of no operation', () => {
    const named = problemMedia().flatMap(({ content }) =>
      Object.keys(content['application/problem+json']!.examples!),
    );
    const ofNoOperation = [
      'bad-request',
      'headers-too-large',
      'method-not-allowed',
      'not-found',
      'request-timeout',
    ];
    const missing = Object.keys(problems).filter(
      (slug) => !named.includes(slug) && !ofNoOperation.includes(slug),
    );
    expect(missing).toEqual([]);
  });

  it('has examples that are as it says', () => {
    const schemas = Object.entries(document.components.schemas);
    const examples = schemas.flatMap(([name, { properties }]) =>
      Object.entries(properties)
        .filter(([, { example }]) => example !== undefined)
        .map(([member, { example }]) => ({
          pointer: `openapi#/components/schemas/${name}/properties/${member}`,
          example,
        })),
    );
    expect(examples.length).toBeGreaterThan(10);
    const wrong = examples.filter(({ pointer, example }) => !ajv.validate(pointer, example));
    expect(wrong).toEqual([]);
  });
});
