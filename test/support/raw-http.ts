import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Sends lines as they are, for what no HTTP client lets through. @returns the whole answer as text */
export async function sendRaw(url: string, lines: string[]): Promise<string> {
  const socket = await connectTo(url);
  socket.write([...lines, 'connection: close', '', ''].join('\r\n'));
  return text(socket);
}

export async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The end of a connection, however it ended: `once` would throw what a cut one suffers. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/**
 * Sends octets as they are and reads until the service hangs up; a connection that it cuts counts as ended.
 *
 * @param patience hangs up itself after so many milliseconds of silence; for ever unless given
 */
export async function exchange(
  url: string,
  octets: string | Uint8Array,
  { patience = 0 }: { patience?: number } = {},
): Promise<RawAnswer[]> {
  const socket = await connectTo(url);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.setTimeout(patience, () => socket.destroy());
  const closed = closeOf(socket);
  socket.write(octets);
  await closed;
  return parseAnswers(Buffer.concat(chunks));
}

/** Cuts what came over one connection into its answers. @throws Error for anything that no answer is */
export function parseAnswers(octets: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = octets;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (end < 0 || Number.isNaN(status)) throw new Error(`this is no answer: ${octets.toString('latin1')}`);
    const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    const from = end + 4;
    // Without a length the body ends with the connection, as for HTTP/1.0.
    const length = Number(headers.get('content-length') ?? (status < 200 ? 0 : rest.length));
    answers.push({ status, headers, text: rest.subarray(from, from + length).toString() });
    rest = rest.subarray(from + length);
  }
  return answers;
}
