import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { UsersRepositoryModule } from '../users/users-repository.module.js';
import { ActivationCodeMail } from './activation-code.mail.js';
import { ActivationRepository } from './activation.repository.js';
import { CodeMaker } from './code-maker.js';

/** What a worker needs to write activation mails. */
@Module({
  imports: [MailModule, UsersRepositoryModule],
  providers: [ActivationCodeMail, ActivationRepository, CodeMaker],
  exports: [ActivationRepository, CodeMaker],
})
export class ActivationMailModule {}
