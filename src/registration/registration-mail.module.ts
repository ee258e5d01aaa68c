import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { UsersRepositoryModule } from '../users/users-repository.module.js';
import { AlreadyRegisteredMail } from './already-registered.mail.js';

/** What a worker needs to write the mails of this folder. */
@Module({ imports: [MailModule, UsersRepositoryModule], providers: [AlreadyRegisteredMail] })
export class RegistrationMailModule {}
