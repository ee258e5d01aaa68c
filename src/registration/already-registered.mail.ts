import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ComposedOrObsolete, MailKinds } from '../mail/mail-kinds.js';
import type { OwedMail } from '../mail/outbox.repository.js';
import { UsersRepository } from '../users/users.repository.js';

/** The kind of the notice to the owner of an active address. */
export const ALREADY_REGISTERED_MAIL = 'already-registered';

/** The words of the notice. It carries no code, and says nothing that the other one typed. */
@Injectable()
export class AlreadyRegisteredMail implements OnModuleInit {
  constructor(
    private readonly users: UsersRepository,
    private readonly kinds: MailKinds,
  ) {}

  onModuleInit(): void {
    this.kinds.define(ALREADY_REGISTERED_MAIL, (mail) => this.compose(mail));
  }

  private async compose({ userId }: OwedMail): Promise<ComposedOrObsolete> {
    const owner = await this.users.findById(userId);
    if (owner === undefined) return 'obsolete';
    const what = 'Somebody tried to register with this e-mail address. You have an account already.';
    const advice =
      'If it was you, sign in with your password. If it was not, there is nothing to do: nothing changed.';
    return {
      to: owner.email,
      subject: 'You already have an account',
      text: `${what}\n\n${advice}\n`,
      html: `<!doctype html>
<html lang="en">
  <body style="font-family: sans-serif; color: #1a1a1a; background: #ffffff; padding: 24px">
    <p>${what}</p>
    <p>${advice}</p>
  </body>
</html>
`,
    };
  }
}
