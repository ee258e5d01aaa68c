import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { ClientBase, Pool } from 'pg';
import { inSpan } from '../common/tracing.js';
import { toDomainError } from './database-error.js';

/** PostgreSQL parses a named statement once a connection. The texts are few: they stand in the repositories. */
const names = new Map<string, string>();

/**
 * Runs one statement, prepared under a name.
 *
 * @throws TemporarilyUnavailable
 */
export function runPrepared<Row extends object>(
  on: Pool | ClientBase,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return run<Row>(on, text, values, nameOf(text));
}

/**
 * Runs one statement; its span has the text, with `$1` where a value was. The values are told nobody.
 *
 * @param name under which it is prepared; without one it is planned anew for its values
 * @throws TemporarilyUnavailable
 */
export async function run<Row extends object>(
  on: Pool | ClientBase,
  text: string,
  values: unknown[],
  name?: string,
): Promise<Row[]> {
  const verb = text.slice(0, text.search(/\W|$/));
  const statement = { ...(name === undefined ? {} : { name }), text, values };
  const { rows } = await traced(verb, { 'db.query.text': text }, () => on.query<Row>(statement));
  return rows;
}

/** Asks the server for something, as a span of the trace at hand. */
export function traced<T>(name: string, attributes: Attributes, ask: () => Promise<T>): Promise<T> {
  const options = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql', ...attributes } };
  return inSpan(name, options, ask).catch((error: unknown) => {
    throw toDomainError(error);
  });
}

/** @returns the name that a statement is prepared under, the same for the same text */
export function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `statement_${names.size + 1}`;
  names.set(text, name);
  return name;
}
