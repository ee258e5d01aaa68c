import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** What the service shows to prove who it is, and the key to it; both PEM. */
export interface Certificate {
  cert: Buffer;
  key: Buffer;
}

/** @throws Error with a code, when the files cannot be read or do not belong together */
export function readCertificate(certFile: string, keyFile: string): Certificate {
  const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  createSecureContext(pair);
  return pair;
}
