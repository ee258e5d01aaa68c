import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { ActivationCodeMail } from './activation-code.mail.js';
import { ActivationRepository } from './activation.repository.js';
import { CodeMaker } from './code-maker.js';

/**
 * What a worker needs to write activation mails. It provides the repository of users itself, because the users
 * module would hash a password at start that a worker has no use for.
 */
@Module({
  imports: [MailModule],
  providers: [ActivationCodeMail, ActivationRepository, CodeMaker, UsersRepository],
  exports: [ActivationRepository, CodeMaker],
})
export class ActivationMailModule {}
