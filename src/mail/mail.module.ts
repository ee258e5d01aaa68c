import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { DeadLetters } from './dead-letters.js';
import { MailDispatcher } from './mail-dispatcher.js';
import { MailKinds } from './mail-kinds.js';
import { MailLogRepository } from './mail-log.repository.js';
import { DEAD_LETTER_QUEUE, MAIL_QUEUE, mailJobOptions } from './mail-queue.js';
import { OutboxRepository } from './outbox.repository.js';
import { QueueConnectionModule } from './queue-connection.module.js';
import { QueueConnectionProvider } from './queue-connection.js';
import { ResilientQueue, ResilientWorker } from './resilient-queue.js';

BullModule.queueClass = ResilientQueue;
BullModule.workerClass = ResilientWorker;

/** Owing mails and queueing them: what every role has. */
@Module({
  imports: [
    QueueConnectionModule,
    BullModule.registerQueueAsync(queue(MAIL_QUEUE), queue(DEAD_LETTER_QUEUE)),
  ],
  providers: [OutboxRepository, MailLogRepository, MailKinds, MailDispatcher, DeadLetters],
  exports: [
    OutboxRepository,
    MailLogRepository,
    MailKinds,
    MailDispatcher,
    DeadLetters,
    QueueConnectionModule,
    BullModule,
  ],
})
export class MailModule {}

function queue(name: string) {
  return {
    name,
    imports: [QueueConnectionModule],
    inject: [QueueConnectionProvider],
    useFactory: ({ connection }: QueueConnectionProvider) => ({
      connection: connection as never,
      skipVersionCheck: true,
      ...(name === MAIL_QUEUE ? { defaultJobOptions: mailJobOptions } : {}),
    }),
  };
}
