import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { AlreadyRegisteredMail } from './already-registered.mail.js';

/** What a worker needs to write the mails of this folder. */
@Module({ imports: [MailModule], providers: [AlreadyRegisteredMail, UsersRepository] })
export class RegistrationMailModule {}
