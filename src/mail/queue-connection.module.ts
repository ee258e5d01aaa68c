import { Module } from '@nestjs/common';
import { QueueConnectionProvider } from './queue-connection.js';

/** The queue's connection, where both queues can be given it. */
@Module({ providers: [QueueConnectionProvider], exports: [QueueConnectionProvider] })
export class QueueConnectionModule {}
