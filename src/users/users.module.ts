import { Module } from '@nestjs/common';
import { BasicAuthGuard } from './basic-auth.guard.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordPolicy } from './password-policy.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';

/** Who someone is: accounts, passwords and HTTP Basic. */
@Module({
  controllers: [UsersController],
  providers: [UsersRepository, PasswordHasher, PasswordPolicy, BasicAuthGuard],
  exports: [UsersRepository, PasswordHasher, PasswordPolicy, BasicAuthGuard],
})
export class UsersModule {}
