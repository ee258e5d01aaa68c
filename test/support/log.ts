import { eventually } from './eventually.js';

/** A line of the service's log. */
export type LogLine = Record<string, unknown> & { level: string; context?: string; event?: string };

const lines: string[] = [];

/** Where the services of one test file write their log. */
export const logDestination = {
  write(line: string): void {
    lines.push(line);
  },
};

/** Everything logged so far, as it was written: to look for what must not be there. */
export function logText(): string {
  return lines.join('');
}

/** The lines so far that a test asks for. */
export function logLines(wanted: (line: LogLine) => boolean): LogLine[] {
  return lines.map((line) => JSON.parse(line) as LogLine).filter(wanted);
}

/** The lines of one request, once its last one is there: usually the one that is written when the answer has left. */
export function linesOfRequest(headers: Headers, last = 'http.request'): Promise<LogLine[]> {
  const id = headers.get('x-request-id');
  return eventually(() => {
    const found = logLines(({ requestId }) => requestId === id);
    return found.some(({ event }) => event === last) && found;
  });
}
