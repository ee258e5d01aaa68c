import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/support/eventually.js';
import { JsonLogger, logOutput } from './json-logger.js';
import { requestContext } from './request-context.js';

/** What a logger writes. */
function logged(work: (logger: JsonLogger) => void, level = 'trace'): Record<string, unknown>[] {
  const lines: string[] = [];
  work(new JsonLogger(level, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => {
    expect(line).toMatch(/^\{[^\n]*\}\n$/);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

describe('a line', () => {
  it('has a time in UTC, a level by name, where it comes from and what it says', () => {
    expect(logged((logger) => logger.log('started', 'Nest'))).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        context: 'Nest',
        msg: 'started',
      },
    ]);
  });

  it('holds the members of an object', () => {
    const [line] = logged((logger) => logger.log({ event: 'mail.sent', attempts: 1 }, 'Mail'));
    expect(line).toMatchObject({ context: 'Mail', event: 'mail.sent', attempts: 1 });
  });

  it('holds the stack and the cause of an error', () => {
    const [line] = logged((logger) =>
      logger.error(new Error('outer', { cause: new Error('inner') }), 'Http'),
    );
    expect(line).toMatchObject({ level: 'error', context: 'Http', msg: 'outer', err: { type: 'Error' } });
    expect(JSON.stringify(line?.['err'])).toContain('json-logger.spec');
    expect(JSON.stringify(line?.['err'])).toContain('inner');
  });

  it('holds the code of an error, and its name where it says nothing', () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    const [line] = logged((logger) => logger.warn(refused));
    expect(line).toMatchObject({ msg: 'AggregateError', err: { error_code: 'ECONNREFUSED' } });
  });

  it('holds the stack that Nest passes beside a message', () => {
    const [line] = logged((logger) => logger.error('failed', 'at somewhere', 'Scheduler'));
    expect(line).toMatchObject({
      level: 'error',
      msg: 'failed',
      stack: 'at somewhere',
      context: 'Scheduler',
    });
  });

  it.each([
    ['log', 'info'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
    ['fatal', 'fatal'],
  ] as const)('of %s has the level %s', (method, level) => {
    expect(logged((logger) => logger[method]('x', 'Context'))).toEqual([
      expect.objectContaining({ level, msg: 'x' }),
    ]);
  });

  it('below the level is not written', () => {
    const written = logged((logger) => {
      logger.log('no');
      logger.warn('yes');
    }, 'warn');
    expect(written).toEqual([expect.objectContaining({ msg: 'yes' })]);
  });

  it.each(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory'])(
    'of %s is for whoever looks for a fault',
    (context) => {
      expect(logged((logger) => logger.log('mapped', context))).toEqual([
        expect.objectContaining({ level: 'debug' }),
      ]);
    },
  );

  it('of something that is no message is still a line', () => {
    const written = logged((logger) => {
      logger.log(undefined);
      logger.log(null, 'Context');
      logger.log(42, 'Context');
    });
    expect(written.map(({ msg }) => msg)).toEqual(['undefined', 'null', '42']);
  });
});

describe('the id of a request', () => {
  it('is in every line of that request and in no other', () => {
    const written = logged((logger) => {
      requestContext.run({ requestId: 'r-1' }, () => logger.log('inside'));
      logger.log('outside');
    });
    expect(written[0]).toMatchObject({ requestId: 'r-1', msg: 'inside' });
    expect(written[1]).not.toHaveProperty('requestId');
  });

  it('stays alone: what one line says does not leak into the context, the next line or the answer', () => {
    const context = { requestId: 'r-1' };
    const written = logged((logger) =>
      requestContext.run(context, () => {
        logger.error({ body: { note: 'canary' }, err: new Error('canary') }, 'Http');
        logger.log('next');
      }),
    );
    expect(context).toEqual({ requestId: 'r-1' });
    expect(JSON.stringify(written[1])).not.toContain('canary');
    expect(Object.keys(written[1]!).toSorted()).toEqual(['level', 'msg', 'requestId', 'time']);
  });
});

describe('a secret is not written', () => {
  it.each(['password', 'passwordHash', 'authorization', 'code', 'secret', 'url', 'text', 'html'])(
    'as %s',
    (name) => {
      const written = logged((logger) => {
        logger.log({ [name]: 'canary' });
        logger.log({ outer: { [name]: 'canary' } });
        logger.log({ outer: { inner: { [name]: 'canary' } } });
      });
      expect(JSON.stringify(written)).not.toContain('canary');
      expect(JSON.stringify(written).match(/\[redacted\]/g)).toHaveLength(3);
    },
  );

  it('and what carries it is not changed', () => {
    const registration = { email: 'ada@example.com', password: 'canary' };
    logged((logger) => logger.log({ registration }));
    expect(registration.password).toBe('canary');
  });
});

describe('an address is masked', () => {
  it.each([
    ['550 5.1.1 <ada+tag@example.com>: no such user', '550 5.1.1 <***@example.com>: no such user'],
    ['ada@mail.example.com and bob@example.com', '***@mail.example.com and ***@example.com'],
    ['line one\nada@xn--mnchen-3ya.example', 'line one\n***@xn--mnchen-3ya.example'],
    ['\u0001ada@example.com\u001fada@example.com', '\u0001***@example.com\u001f***@example.com'],
    ['"ada@example.com"', '"***@example.com"'],
    ['/v1/users/ada%40example.com', '***@example.com'],
    ['ada@münchen.example', '***@münchen.example'],
    ['postgresql://user:canary@db.internal/app', '***@db.internal/app'],
  ])('in %j', (said, written) => {
    const [text, member, cause] = logged((logger) => {
      logger.log(said);
      logger.warn({ event: 'mail.dead', reason: said });
      logger.error(new Error('outer', { cause: new Error(said) }));
    });
    expect(text).toMatchObject({ msg: written });
    expect(member).toMatchObject({ reason: written });
    expect(JSON.stringify(cause)).not.toMatch(/ada|bob|canary/);
  });

  it.each(['file:///app/node_modules/@nestjs/common/index.js', 'a @ b.c', '@'])('but %j is none', (said) => {
    expect(logged((logger) => logger.log(said))).toMatchObject([{ msg: said }]);
  });

  it('in no time, however long the line', () => {
    const start = performance.now();
    logged((logger) => logger.log('x'.repeat(1_000_000)));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

/** What is in a file, once there is something. */
function readWritten(file: string): Promise<string> {
  return eventually(() => (existsSync(file) ? readFileSync(file, 'utf8') : '') || undefined, {
    what: 'a line',
  });
}

describe('the output', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('is one object a line for programs', async () => {
    const file = join(folder, 'programs');
    new JsonLogger('info', logOutput(false, file)).log({ event: 'mail.sent', attempts: 1 }, 'Mail');
    expect(JSON.parse(await readWritten(file))).toMatchObject({ context: 'Mail', event: 'mail.sent' });
  });

  it('is laid out for people, with nothing in it that the other has not', async () => {
    const file = join(folder, 'people');
    const line = { event: 'mail.sent', code: 'canary', note: 'canary@example.com' };
    new JsonLogger('info', logOutput(true, file)).log(line, 'Mail');
    const text = await readWritten(file);
    expect(text).toMatch(/^\[[\d:.]+\] \S*INFO\S*: \S*Mail mail\.sent\S* .*\[redacted\].*\*{3}@example\.com/);
    expect(text).not.toContain('canary');
  });
});
