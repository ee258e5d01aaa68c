import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe } from '@jest/globals';
import { startChild } from '../../dev/child.mjs';
import { freePort } from '../../dev/ports.mjs';
import { recentLines } from '../../dev/output.mjs';
import { makeCertificates } from './certificates.js';
import { eventually } from './eventually.js';
import { askOn, newAgent } from './keep-alive.js';
import { describeNotRun } from './not-run.js';

/** What docs/operations.md tells to use. */
const DOCUMENTED = resolve(import.meta.dirname, '../../deploy/local/nginx.conf');

const program = () => process.env['NGINX'] ?? 'nginx';

/** A real nginx with the documented configuration, in front of replicas of a test. */
export interface Nginx {
  url: string;
  /** Whom its clients trust. */
  ca: string;
  /** What it had to complain about, beside connections that were refused. */
  complaints(): string[];
  stop(): Promise<void>;
}

/**
 * A suite that needs a real nginx on the PATH. A machine without one says so; with CI=true that is a failure.
 */
export function describeWithNginx(name: string, suite: () => void): void {
  if (spawnSync(program(), ['-v'], { stdio: 'ignore' }).status === 0) {
    describe(name, suite);
    return;
  }
  describeNotRun(name, 'nginx', 'nginx-light');
}

/**
 * Starts it and waits until it answers.
 *
 * @param ports of the two replicas behind it
 */
export async function startNginx(ports: [string, string]): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'registration-api-nginx-'));
  chmodSync(folder, 0o755); // its workers are somebody else when root starts it
  const port = String(await freePort());
  const ca = writeCertificate(folder);
  writeFileSync(join(folder, 'nginx.conf'), configuration({ 8443: port, 3001: ports[0], 3002: ports[1] }));
  const inForeground = ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'];
  const child = await startChild(program(), inForeground, { stopSignal: 'SIGQUIT', throwAway: folder });
  const lines = recentLines(child);
  const url = `https://127.0.0.1:${port}`;
  const agent = newAgent(ca);
  await eventually(() => askOn(agent, { url: `${url}/health` }), { what: `nginx (${lines().join('\n')})` });
  agent.destroy();
  return {
    url,
    ca,
    complaints: () =>
      linesOf(join(folder, 'error.log')).filter((line) => !line.includes('Connection refused')),
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

/** The documented file on other ports. */
function configuration(ports: Record<string, string>): string {
  return Object.entries(ports).reduce(
    (text, [documented, ours]) => {
      const parts = text.split(`127.0.0.1:${documented}`);
      if (parts.length !== 2) throw new Error(`${DOCUMENTED} does not name port ${documented} once`);
      return parts.join(`127.0.0.1:${ours}`);
    },
    readFileSync(DOCUMENTED, 'utf8'),
  );
}

/** Where the documented file looks for it. @returns the certificate, which is its own authority */
function writeCertificate(folder: string): string {
  const certificates = makeCertificates();
  certificates.stop();
  const { valid } = certificates;
  writeFileSync(join(folder, 'tls.key'), valid.key, { mode: 0o600 });
  writeFileSync(join(folder, 'tls.crt'), valid.cert);
  return valid.cert;
}
