import { TemporarilyUnavailable } from '../common/domain-error.js';

/**
 * SQLSTATE classes and codes that mean "not now" rather than "this statement is wrong" (PostgreSQL, appendix A):
 * 08 connection, 53 resources, 57 operator intervention and timeouts, 58 system, 28 and 3D sign-in, 40 rollback,
 * 55 not in the state for it, lock timeout, 25006 read-only (a failover), 42P01, 42703 and 3F000 (the migration has not
 * run yet).
 */
const notNow = /^(08|53|57|58|28|3D|40|55|25006|42P01|42703|3F000)/;

/**
 * Tells a database that is away, overloaded or not ready from a fault of ours. Errors without a SQLSTATE come
 * from the socket, the pool or its deadlines: the outcome is unknown or nothing happened.
 */
export function toDomainError(error: unknown): unknown {
  const sqlState = sqlStateOf(error);
  return sqlState === undefined || notNow.test(sqlState) ? new TemporarilyUnavailable(error) : error;
}

/** The five characters that PostgreSQL sends with every error of its own. */
function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
