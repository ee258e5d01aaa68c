import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a TLS server shows, and proves with. */
export interface Identity {
  key: string;
  cert: string;
}

/** Certificates for 127.0.0.1, and where they are while `stop` was not called. */
export interface Certificates {
  keyFile: string;
  certFile: string;
  valid: Identity;
  /** Of the same key and name, so that whoever trusts the valid one objects to nothing but its age. */
  expired: Identity;
  stop(): void;
}

/** Makes certificates that nobody but themselves vouches for. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'registration-api-certificates-'));
  const [keyFile, certFile, oldFile] = ['key.pem', 'cert.pem', 'old.pem'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1'.split(' ');
  const name = ['-subj', '/CN=service.test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', ...kind, ...name, '-keyout', keyFile, '-out', certFile);
  openssl('x509', '-in', certFile, '-signkey', keyFile, '-days', '-1', '-out', oldFile);
  const identity = (file: string) => ({
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(file, 'utf8'),
  });
  return {
    keyFile,
    certFile,
    valid: identity(certFile),
    expired: identity(oldFile),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function openssl(...command: string[]): void {
  execFileSync('openssl', command, { stdio: 'ignore' });
}
