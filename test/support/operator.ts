import { type Answer, type RequestOptions, basic, request } from './client.js';
import { eventually } from './eventually.js';
import type { LogLine } from './log.js';
import { logLines } from './log.js';

/** Settings with which a service has an operator. */
export const OPERATOR = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'p4ss: of the operator' };

/** The operator's `Authorization`. */
export const asOperator = basic(OPERATOR.ADMIN_USERNAME, OPERATOR.ADMIN_PASSWORD);

/** One request of the operator to the admin side. */
export function admin(
  { url }: { url: string },
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  return request(url, method, `/v1/admin${path}`, { auth: asOperator, ...options });
}

/** What the audit log says of one request, without what every line has. */
export function auditOf(answer: Answer): Array<Record<string, unknown>> {
  const id = answer.headers.get('x-request-id');
  return logLines(({ context, requestId }) => context === 'Audit' && requestId === id).map(fields);
}

/** The state of a mail, once it is that. */
export async function mailInState(
  service: { url: string },
  userId: string,
  status: string,
  within = 10_000,
): Promise<Record<string, unknown>> {
  return eventually(
    async () => {
      const { body } = await admin(service, 'GET', `/users/${userId}`);
      const mails = body['mails'] as Array<Record<string, unknown>>;
      return mails.find((mail) => mail['status'] === status);
    },
    { what: `a ${status} mail of ${userId}`, within },
  );
}

function fields({ level: _level, time: _time, context: _context, requestId: _id, ...rest }: LogLine) {
  return rest;
}
