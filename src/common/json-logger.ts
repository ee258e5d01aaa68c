import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { isInstalled } from './is-installed.js';
import { requestContext } from './request-context.js';
import { traceFields } from './tracing.js';

/** Members that must never reach a log, wherever a careless call puts them (two levels deep). */
const secrets = ['password', 'passwordHash', 'authorization', 'code', 'secret', 'url', 'text', 'html'];

/**
 * The part of an address before its @, wherever it stands: SMTP servers quote the recipient, drivers the URL. The
 * domain stays, for whoever looks for the mail. Never begins inside a JSON escape; bounded, so that a long line
 * takes no long time.
 */
const localParts = /(?<!\\|\\u[0-9a-f]{0,3})[^\s"<>\\@]{1,64}(?:@|%40)(?=[\p{L}\p{N}-]+\.)/giu;

/** Where Nest tells every module and route at start: of interest only when something does not start. */
const chatty = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

/**
 * Where log lines go: as they are, or laid out for people when asked and when pino-pretty is there, which is for
 * development only.
 *
 * @param file a path or a descriptor, such as 1 for standard output
 */
export function logOutput(forPeople: boolean, file: string | number): DestinationStream {
  if (!forPeople || !isInstalled('pino-pretty')) return pino.destination(file);
  const layout = { singleLine: true, ignore: 'context,event', messageFormat: '{context} {event}{msg}' };
  return pino.transport({ target: 'pino-pretty', options: { ...layout, destination: file } });
}

/** `ECONNREFUSED`, `57P03`: under a name of its own, because a member `code` may be that of an activation. */
function toLogged(error: Error): object {
  const { code, ...rest } = pino.stdSerializers.err(error);
  return { ...rest, error_code: code };
}

/** Nest's logger on pino: one JSON object a line, with the id of the request or job that caused it. */
export class JsonLogger implements LoggerService {
  readonly pino: Logger;

  /** @param destination where the lines go */
  constructor(level: string, destination: DestinationStream) {
    const options: LoggerOptions = {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A copy: pino writes each line's members into what it gets here.
      mixin: () => ({ requestId: requestContext.getStore()?.requestId, ...traceFields() }),
      hooks: { streamWrite: (line) => line.replaceAll(localParts, '***@') },
      serializers: { err: toLogged },
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    };
    this.pino = pino(options, destination);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(chatty.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and a stack before it when it logs an error as a string. */
  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ) {
    const context = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    const fields = { context, ...(typeof stack === 'string' ? { stack } : {}) };
    if (message instanceof Error) {
      // Of several errors at once, as from a name with two addresses, there is no message.
      this.pino[level]({ ...fields, err: message }, message.message || String(message));
    } else if (typeof message === 'object' && message !== null) this.pino[level]({ ...fields, ...message });
    else this.pino[level](fields, String(message));
  }
}
