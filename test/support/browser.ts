import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { describeNotRun } from './not-run.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Longer than anything takes on a busy machine, milliseconds. */
export const PATIENCE_MS = 30_000;

/** How Chromium calls a 401 that it has no password for. */
export const NOT_LET_IN = /ERR_INVALID_AUTH_CREDENTIALS|status of 401/;

const program = (process.env['CHROMIUM'] ? [process.env['CHROMIUM']] : NAMES)
  .map((name) => spawnSync('/bin/sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).stdout.trim())
  .find((path) => path !== '');

/** Somebody at a browser of their own: no cookies, no passwords, nothing from an earlier test. */
export class Visit {
  /** What the browser held against the pages: errors, answers that failed, anything from elsewhere. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly options: VisitOptions,
  ) {
    context.setDefaultTimeout(PATIENCE_MS);
    context.on('console', (message) => {
      if (message.type() === 'error') this.complain(message.text());
    });
    context.on('weberror', (error) => this.complain(error.error().message));
    context.on('requestfailed', (failed) => this.complain(`${failed.failure()?.errorText} ${failed.url()}`));
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && !options.origins.includes(origin)) this.complain(`asked ${origin}`);
    });
  }

  static async begin(browser: Browser, options: VisitOptions): Promise<Visit> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: 'light',
      locale: 'en-GB',
      ...(options.credentials === undefined ? {} : { httpCredentials: options.credentials }),
    });
    return new Visit(context, await context.newPage(), options);
  }

  /** Another tab, beside `page`. */
  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** For the README, when `SCREENSHOTS` names a folder. */
  async picture(name: string, page = this.page): Promise<void> {
    const folder = process.env['SCREENSHOTS'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  }

  end(): Promise<void> {
    return this.context.close();
  }

  private complain(text: string): void {
    if (!this.options.expected?.test(text)) this.complaints.push(text);
  }
}

/** How a visit is made. */
export interface VisitOptions {
  /** Whom the browser may ask, and nobody else. */
  origins: string[];
  /** Given when a page asks for HTTP Basic. */
  credentials?: { username: string; password: string };
  /** A complaint that the test provokes. */
  expected?: RegExp;
}

/**
 * A suite that needs a real Chromium on the PATH (or where CHROMIUM says). A machine without one says so; with
 * CI=true that is a failure. A page that complains fails the test that visited it.
 */
export function describeInBrowser(
  name: string,
  suite: (visit: (options: VisitOptions) => Promise<Visit>) => void,
): void {
  if (program === undefined) {
    describeNotRun(name, 'chromium');
    return;
  }
  describe(name, () => {
    let browser: Browser;
    const visits: Visit[] = [];

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: program, args: ARGUMENTS });
    }, 60_000);

    afterEach(async () => {
      const ended = visits.splice(0);
      for (const visit of ended) await visit.end();
      expect(ended.flatMap(({ complaints }) => complaints)).toEqual([]);
    });

    afterAll(() => browser.close());

    suite(async (options) => {
      const visit = await Visit.begin(browser, options);
      visits.push(visit);
      return visit;
    });
  });
}

const ARGUMENTS = [
  '--disable-sync',
  '--disable-quic',
  // `.test` is this machine, and nothing else exists: no page can reach anybody.
  '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];
