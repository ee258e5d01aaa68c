import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createApp } from '../../src/app.js';
import { apiDocument } from '../../src/http/docs.js';
import type { Answer } from './client.js';
import { settings } from './environment.js';
import { logDestination } from './log.js';

interface ResponseObject {
  $ref?: string;
  content?: Record<string, { schema?: AnySchemaObject }>;
  headers?: Record<string, { required?: boolean; schema: AnySchemaObject }>;
}

interface OpenApiDocument {
  paths: Record<string, Record<string, { responses: Record<string, ResponseObject> }>>;
}

/** An OpenAPI document, ready to hold answers against. */
class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(private readonly document: OpenApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document) as AnySchemaObject, 'openapi');
  }

  /** @returns what is wrong with the answer; nothing when it is as documented */
  faults(method: string, path: string, answer: Answer): string[] {
    const template = this.templateOf(path);
    const operation = this.document.paths[template ?? '']?.[method.toLowerCase()];
    if (template === undefined || operation === undefined) return ['is not an operation of the document'];
    const response = operation.responses[answer.status];
    if (response === undefined) return [`is not documented to answer ${answer.status}: ${answer.text}`];
    const at = ['paths', template, method.toLowerCase(), 'responses', String(answer.status)];
    return [
      ...this.bodyFaults(at, response, answer),
      ...this.headerFaults(at, response, answer),
      ...conventions(path, answer),
    ];
  }

  private templateOf(path: string): string | undefined {
    const pathname = path.split('?')[0]!;
    const fits = (template: string) =>
      new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(pathname);
    return pathname in this.document.paths ? pathname : Object.keys(this.document.paths).find(fits);
  }

  private bodyFaults(
    at: string[],
    { content = {} }: ResponseObject,
    { headers, text, body }: Answer,
  ): string[] {
    const type = headers.get('content-type') ?? '';
    if (Object.keys(content).length === 0) return text === '' ? [] : ['has a body that is not documented'];
    const mediaType = type.split(';')[0]!;
    if (content[mediaType]?.schema === undefined) return [`has the undocumented content-type ${type}`];
    return this.check([...at, 'content', mediaType, 'schema'], mediaType.includes('json') ? body : text);
  }

  private headerFaults(at: string[], { headers = {} }: ResponseObject, answer: Answer): string[] {
    return Object.entries(headers).flatMap(([name, { required, schema }]) => {
      const value = answer.headers.get(name);
      if (value === null) return required ? [`lacks the header ${name}`] : [];
      return this.check(
        [...at, 'headers', name, 'schema'],
        schema['type'] === 'integer' ? Number(value) : value,
      );
    });
  }

  private check(pointer: string[], value: unknown): string[] {
    const reference = `openapi#/${pointer.map(escape).join('/')}`;
    const validate = this.compiled.get(reference) ?? this.ajv.compile({ $ref: reference });
    this.compiled.set(reference, validate);
    if (validate(value)) return [];
    return validate.errors!.map(
      ({ instancePath, message, params }) =>
        `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
    );
  }
}

const contracts = new Map<string, Contract>();

/** Throws unless the answer is one that the service's own /openapi.json promises. */
export async function holdAgainstContract(
  url: string,
  method: string,
  path: string,
  answer: Answer,
): Promise<void> {
  const contract = contracts.get(url) ?? (await load(url));
  contracts.set(url, contract);
  const faults = contract.faults(method, path, answer);
  if (faults.length > 0) throw new Error(`${method} ${path} ${answer.status} ${faults.join('; ')}`);
}

async function load(url: string): Promise<Contract> {
  const response = await fetch(`${url}/openapi.json`);
  const served = response.status === 200 && ((await response.json()) as OpenApiDocument);
  return new Contract(served || (await unservedDocument()));
}

/** A worker, or a service that shows its document to nobody, keeps the same promises. */
async function unservedDocument(): Promise<OpenApiDocument> {
  const app = await createApp(settings(), logDestination);
  const document = apiDocument(app);
  await app.close();
  return JSON.parse(JSON.stringify(document)) as OpenApiDocument;
}

/** What holds for every answer, whatever the operation (api.md, "Conventions"). */
function conventions(path: string, { status, headers, body }: Answer): string[] {
  const id = headers.get('x-request-id');
  return [
    ...(id === null ? ['lacks x-request-id'] : []),
    ...(status === 500 ? ['is a fault of ours'] : []),
    ...(status >= 400 && body['status'] !== status ? ['has a problem of another status'] : []),
    ...(status >= 400 && body['instance'] !== id ? ['has a problem of another request'] : []),
    ...([429, 503].includes(status) && !/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')
      ? ['lacks retry-after']
      : []),
    ...(path.startsWith('/v1/') && headers.get('cache-control') !== 'no-store' ? ['may be cached'] : []),
  ];
}

/** A copy in which no object may have members that are not documented. */
function closed(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(closed);
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isSchema = copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  return isSchema ? { ...copy, additionalProperties: false } : copy;
}

/** A member's name as a part of a JSON pointer in a URI fragment. */
function escape(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
