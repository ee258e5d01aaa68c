/** Where a keyset page begins: after this row. */
export interface Cursor {
  /** RFC 3339 in UTC, to the microsecond. */
  moment: string;
  id: string;
}

/** A page of a list that is ordered by moment and id, newest first. */
export interface PageRequest {
  limit: number;
  after: Cursor | undefined;
}

const moment = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opaque to clients. */
export function encodeCursor({ moment: at, id }: Cursor): string {
  return Buffer.from(`${at}|${id}`).toString('base64url');
}

/** @returns undefined for anything that encodeCursor did not make */
export function decodeCursor(text: string): Cursor | undefined {
  const pair = Buffer.from(text, 'base64url').toString();
  const bar = pair.indexOf('|');
  const [at, id] = [pair.slice(0, bar), pair.slice(bar + 1)];
  return isMoment(at) && uuid.test(id) ? { moment: at, id } : undefined;
}

/** PostgreSQL would answer 30 February with an error; JavaScript takes it for 2 March. */
function isMoment(text: string): boolean {
  if (!moment.test(text)) return false;
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === text.slice(0, 19);
}

/** Cuts a list that was read with one row more than the page has. */
export function toPage<Row extends Cursor>(
  rows: Row[],
  limit: number,
): { items: Row[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last) : null };
}
