import { asOperator } from './operator.js';
import { type Answer, type RequestOptions, request } from './client.js';

/** A queue as the board's own API tells of it. */
export interface BoardQueue {
  name: string;
  readOnlyMode: boolean;
  counts: Record<string, number>;
  jobs: Array<{ id: string; data: unknown }>;
}

/** One request to the queue board, which is no part of the API document. */
export function board(
  { url }: { url: string },
  path = '',
  { method = 'GET', ...options }: RequestOptions & { method?: string } = {},
): Promise<Answer> {
  return request(url, method, `/admin/queues${path}`, { auth: asOperator, documented: false, ...options });
}

/** The queues on the board, with the jobs of one of them. */
export async function queuesOnBoard(service: { url: string }, withJobsOf: string): Promise<BoardQueue[]> {
  const { status, text, body } = await board(
    service,
    `/api/queues?activeQueue=${withJobsOf}&status=latest&page=1`,
  );
  if (status !== 200) throw new Error(`the board answered ${status}: ${text}`);
  return body['queues'];
}

/** The mails whose jobs are in a queue. */
export async function mailsOnBoard(service: { url: string }, queue: string): Promise<unknown[]> {
  const queues = await queuesOnBoard(service, queue);
  return queues.find(({ name }) => name === queue)!.jobs.map(({ data }) => data);
}
