import { Module } from '@nestjs/common';
import { MailDelivery } from './mail-delivery.js';
import { MailModule } from './mail.module.js';
import { MailProcessor } from './mail.processor.js';
import { MailRelay } from './mail.relay.js';
import { Mailer } from './mailer.js';

/** Sending mails: what the roles `all` and `worker` have. */
@Module({
  imports: [MailModule],
  providers: [Mailer, MailDelivery, MailProcessor, MailRelay],
  exports: [MailProcessor],
})
export class MailWorkerModule {}
