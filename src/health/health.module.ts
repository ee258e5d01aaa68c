import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { MailWorkerModule } from '../mail/mail-worker.module.js';
import { MailModule } from '../mail/mail.module.js';
import { HealthController } from './health.controller.js';

/** What Kubernetes asks. */
@Module({})
export class HealthModule {
  /** @param sendsMail whether this process has the mail worker, and so knows how SMTP is */
  static register({ sendsMail }: { sendsMail: boolean }): DynamicModule {
    return {
      module: HealthModule,
      imports: [
        TerminusModule.forRoot({ logger: false }),
        MailModule,
        ...(sendsMail ? [MailWorkerModule] : []),
      ],
      controllers: [HealthController],
    };
  }
}
