import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { UsersModule } from '../users/users.module.js';
import { ActivationMailModule } from './activation-mail.module.js';
import { ActivationController } from './activation.controller.js';
import { ActivationService } from './activation.service.js';
import { CodeIssuer } from './code-issuer.js';

/** Codes, tries and budgets. */
@Module({
  imports: [UsersModule, MailModule, ActivationMailModule],
  controllers: [ActivationController],
  providers: [ActivationService, CodeIssuer],
  exports: [CodeIssuer],
})
export class ActivationModule {}
