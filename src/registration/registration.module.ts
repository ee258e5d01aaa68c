import { Module } from '@nestjs/common';
import { ActivationModule } from '../activation/activation.module.js';
import { MailModule } from '../mail/mail.module.js';
import { UsersModule } from '../users/users.module.js';
import { AlreadyRegisteredNotice } from './already-registered.notice.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationMailModule } from './registration-mail.module.js';
import { RegistrationService } from './registration.service.js';

/** How an account comes into being. */
@Module({
  imports: [UsersModule, ActivationModule, MailModule, RegistrationMailModule],
  controllers: [RegistrationController],
  providers: [RegistrationService, AlreadyRegisteredNotice],
})
export class RegistrationModule {}
