import { Injectable } from '@nestjs/common';
import type { OwedMail } from './outbox.repository.js';

/** A mail ready to be sent. `to` is always the stored address. */
export interface ComposedMail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** `obsolete`: nobody wants this mail any more; it is dropped. */
export type ComposedOrObsolete = ComposedMail | 'obsolete';

/** Writes one kind of mail, at the moment it is sent. */
export type Compose = (mail: OwedMail) => Promise<ComposedOrObsolete>;

/** Where features register the words of their mails, so that `mail` knows no feature. */
@Injectable()
export class MailKinds {
  private readonly composers = new Map<string, Compose>();

  define(kind: string, compose: Compose): void {
    this.composers.set(kind, compose);
  }

  /** @throws Error for a kind that nobody defined */
  async compose(mail: OwedMail): Promise<ComposedOrObsolete> {
    const compose = this.composers.get(mail.kind);
    if (compose === undefined) throw new Error(`no composer for mails of kind ${mail.kind}`);
    return compose(mail);
  }
}
