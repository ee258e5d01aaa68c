import { Module } from '@nestjs/common';
import { UsersRepository } from './users.repository.js';

/** The table alone, for a worker: UsersModule would hash a password at the start that a worker has no use for. */
@Module({ providers: [UsersRepository], exports: [UsersRepository] })
export class UsersRepositoryModule {}
