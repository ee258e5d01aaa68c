import { Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { BasicAuthGuard } from './basic-auth.guard.js';
import { BcryptEngine } from './bcrypt-engine.js';
import { chooseBcryptEngine } from './choose-bcrypt-engine.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordPolicy } from './password-policy.js';
import { UsersController } from './users.controller.js';
import { UsersRepositoryModule } from './users-repository.module.js';

const engine = {
  provide: BcryptEngine,
  inject: [Config],
  useFactory: ({ hashing }: Config) => chooseBcryptEngine(hashing),
};

/** Who someone is: accounts, passwords and HTTP Basic. */
@Module({
  imports: [UsersRepositoryModule],
  controllers: [UsersController],
  providers: [engine, PasswordHasher, PasswordPolicy, BasicAuthGuard],
  exports: [UsersRepositoryModule, PasswordHasher, PasswordPolicy, BasicAuthGuard],
})
export class UsersModule {}
