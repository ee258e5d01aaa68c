import { hostileString, hostileValue } from './hostile.js';
import type { Random } from './random.js';

interface Schema {
  $ref?: string;
  enum?: unknown[];
  format?: string;
  example?: unknown;
  properties?: Record<string, Schema>;
}

interface Parameter {
  name: string;
  in: 'path' | 'query';
  schema: Schema;
}

interface OperationObject {
  security?: Array<Record<string, unknown>>;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

interface Document {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema> };
}

/** One operation of an OpenAPI document, and how to ask for it rightly, nearly rightly and wrongly. */
export class ApiOperation {
  constructor(
    readonly method: string,
    private readonly template: string,
    private readonly operation: OperationObject,
    private readonly schemas: Record<string, Schema>,
  ) {}

  /** Whose credentials it takes: `account`, `operator` or nobody's. */
  get scheme(): string | undefined {
    return Object.keys(this.operation.security?.[0] ?? {})[0];
  }

  /** @param ids of things that exist */
  path(random: Random, ids: string[]): string {
    const parameters = this.operation.parameters ?? [];
    const path = this.template.replaceAll(/\{[^}]+\}/g, () =>
      encodeURIComponent(
        (random.chance(60) ? random.pick(ids) : hostileString(random)).toWellFormed() || 'x',
      ),
    );
    const query = parameters
      .filter((parameter) => parameter.in === 'query' && random.chance(50))
      .map(
        ({ name, schema }) =>
          `${name}=${encodeURIComponent(String(this.value(schema, random)).toWellFormed())}`,
      );
    if (random.chance(10)) query.push(`${encodeURIComponent(hostileString(random).toWellFormed())}=x`);
    return query.length === 0 ? path : `${path}?${query.join('&')}`;
  }

  /** undefined for an operation without one */
  body(random: Random): Record<string, unknown> | undefined {
    const schema = this.operation.requestBody?.content['application/json']?.schema;
    if (schema === undefined) return undefined;
    const entries = Object.entries(this.resolve(schema).properties ?? {})
      .filter(() => random.chance(92))
      .map(([name, member]) => [name, this.value(member, random)] as const);
    if (random.chance(10)) entries.push([hostileString(random), hostileValue(random)]);
    return Object.fromEntries(entries);
  }

  private value(schema: Schema, random: Random): unknown {
    if (random.chance(30)) return hostileValue(random);
    const { enum: choices, format, example } = this.resolve(schema);
    if (choices !== undefined) return random.pick(choices);
    if (format === 'email') return `f${random.int(2 ** 31)}@example.com`;
    return example ?? random.int(200);
  }

  private resolve(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : this.schemas[schema.$ref.split('/').at(-1)!]!;
  }
}

/** Every operation of the document that a service serves. */
export async function operationsOf(url: string): Promise<ApiOperation[]> {
  const response = await fetch(`${url}/openapi.json`);
  const { paths, components } = (await response.json()) as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => new ApiOperation(method.toUpperCase(), path, operation, components.schemas),
    ),
  );
}
