import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { type ComposedMail, type ComposedOrObsolete, MailKinds } from '../mail/mail-kinds.js';
import type { OwedMail } from '../mail/outbox.repository.js';
import { UsersRepository } from '../users/users.repository.js';
import { ActivationRepository } from './activation.repository.js';
import { CodeMaker } from './code-maker.js';

/** The kind of the mail that carries an activation code. */
export const ACTIVATION_CODE_MAIL = 'activation-code';

/**
 * The words of the activation mail. Composing starts the life of the code anew, so that a mail which waited
 * out an outage still carries a code that works. The mail holds nothing that the registrant could choose.
 */
@Injectable()
export class ActivationCodeMail implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly codes: ActivationRepository,
    private readonly maker: CodeMaker,
    private readonly kinds: MailKinds,
  ) {}

  onModuleInit(): void {
    this.kinds.define(ACTIVATION_CODE_MAIL, (mail) => this.compose(mail));
  }

  private async compose(mail: OwedMail): Promise<ComposedOrObsolete> {
    const reference = { id: mail.subjectId, keyId: this.maker.keyId };
    const { ttlSeconds } = this.config.code;
    const [to, wanted] = await this.database.batch((transaction) =>
      Promise.all([
        this.users.holdForCode(transaction, { userId: mail.userId, codeId: reference.id }, ttlSeconds),
        this.codes.renew(transaction, reference, ttlSeconds),
      ]),
    );
    if (to === undefined || !wanted) return 'obsolete';
    return { to, ...words(this.maker.make(reference), ttlSeconds) };
  }
}

function words(code: string, ttlSeconds: number): Omit<ComposedMail, 'to'> {
  const life = ttlSeconds < 120 ? `${ttlSeconds} seconds` : `${Math.floor(ttlSeconds / 60)} minutes`;
  const advice = 'If you did not register, ignore this mail: without the code nothing happens.';
  return {
    subject: 'Your activation code',
    text: `Your activation code is ${code}\n\nIt works for ${life}.\n\n${advice}\n`,
    html: `<!doctype html>
<html lang="en">
  <body style="font-family: sans-serif; color: #1a1a1a; background: #ffffff; padding: 24px">
    <p>Your activation code is</p>
    <p style="font-size: 32px; font-weight: bold; letter-spacing: 6px; font-family: monospace">${code}</p>
    <p>It works for ${life}.</p>
    <p style="color: #595959">${advice}</p>
  </body>
</html>
`,
  };
}
