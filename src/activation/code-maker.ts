import { createHash, createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { equalInConstantTime } from '../common/equal-in-constant-time.js';
import { Config } from '../config/config.js';

/** Which code: the id of its row, and the name of the secret it is made with. */
export interface CodeReference {
  id: string;
  keyId: string;
}

/**
 * Makes and checks activation codes. The digits are derived, never stored: HMAC-SHA-256 over the id of the
 * code's row, truncated dynamically (RFC 4226 section 5.3) to the configured number of digits, zeros kept.
 * Whoever has the database, the queue or the log has no code without the secret.
 */
@Injectable()
export class CodeMaker {
  /** Names the secret that new codes are made with. */
  readonly keyId: string;
  private readonly secrets: Map<string, string>;
  private readonly length: number;

  constructor({ code }: Config) {
    this.secrets = new Map(code.secrets.map((secret) => [nameOf(secret), secret]));
    this.keyId = this.secrets.keys().next().value!;
    this.length = code.length;
  }

  /** @throws Error when the secret of that name is not among the settings any more */
  make({ id, keyId }: CodeReference): string {
    const secret = this.secrets.get(keyId);
    if (secret === undefined) throw new Error(`no activation code secret is named ${keyId}`);
    const mac = createHmac('sha256', secret).update(id).digest();
    const offset = mac.at(-1)! & 0x0f;
    const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
    return String(number % 10 ** this.length).padStart(this.length, '0');
  }

  /** Compares in constant time. A code whose secret was rotated away matches nothing. */
  matches(reference: CodeReference, digits: string): boolean {
    return this.secrets.has(reference.keyId) && equalInConstantTime(this.make(reference), digits);
  }
}

/** 32 bits of a digest: enough to tell two secrets apart, too little to guess one of 32 characters. */
function nameOf(secret: string): string {
  return createHash('sha256').update('activation-code-key').update(secret).digest('hex').slice(0, 8);
}
