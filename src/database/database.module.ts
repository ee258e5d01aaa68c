import { Global, Module } from '@nestjs/common';
import { Database } from './database.js';

/** Gives every repository the one Database. */
@Global()
@Module({ providers: [Database], exports: [Database] })
export class DatabaseModule {}
