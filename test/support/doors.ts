import { PATIENCE_MS, askOn, newAgent } from './keep-alive.js';
import type { Nginx } from './nginx.js';
import type { Replica, Rig } from './rig.js';
import { newAddress } from './visitor.js';

/** The body of a request, and who asks. */
export interface Post {
  auth?: string;
  body: object;
}

/** What came back. */
export interface Reply {
  /** Who answered, as far as the client can know. */
  replica: Replica | undefined;
  /** 0: there was no answer. */
  status: number;
  retryAfter: string | null;
  /** The body, or why there was none. */
  text: string;
}

/** Where clients send their requests. Never throws: no answer is an answer, too. */
export type Door = (path: string, post?: Post) => Promise<Reply>;

/** How many connections clients have to nginx at most. */
const CONNECTIONS = 8;

/**
 * To the replicas in turn, each client with an address of its own, for the limits. As load balancers do, it goes on to
 * the next replica where nobody listens, because nothing was sent there.
 */
export function replicasInTurn(rig: Rig): Door {
  let turn = 0;
  const next = () => rig.apis[(turn += 1) % rig.apis.length] ?? rig.replicas.at(-1)!;
  return async (path, post) => {
    let replica = next();
    let answer = await send(replica.url + path, post);
    for (let tries = 1; answer.text.includes('ECONNREFUSED') && tries < 4; tries++) {
      replica = next();
      answer = await send(replica.url + path, post);
    }
    return { replica, ...answer };
  };
}

/** Through nginx, on connections that are kept. */
export function throughNginx({ url, ca }: Nginx): Door {
  const agent = newAgent(ca, CONNECTIONS);
  return async (path, post) => {
    const headers: Record<string, string> = post?.auth === undefined ? {} : { authorization: post.auth };
    const asking = post === undefined ? {} : { method: 'POST' as const, body: post.body };
    try {
      const { status, headers: answered, text } = await askOn(agent, { url: url + path, headers, ...asking });
      return { replica: undefined, status, retryAfter: answered['retry-after'] ?? null, text };
    } catch (error) {
      return { replica: undefined, status: 0, retryAfter: null, text: String(error) };
    }
  };
}

async function send(url: string, post?: Post): Promise<Omit<Reply, 'replica'>> {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': newAddress(),
    ...(post?.auth === undefined ? {} : { authorization: post.auth }),
  };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(
      url,
      post === undefined
        ? { headers, signal }
        : { headers, signal, method: 'POST', body: JSON.stringify(post.body) },
    );
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, retryAfter, text: await response.text() };
  } catch (error) {
    return { status: 0, retryAfter: null, text: String((error as Error).cause ?? error) };
  }
}
