import { Module } from '@nestjs/common';
import { ActivationMailModule } from '../activation/activation-mail.module.js';
import { MailModule } from '../mail/mail.module.js';
import { UsersRepositoryModule } from '../users/users-repository.module.js';
import { UpkeepService } from './upkeep.service.js';

/** The background work of the roles `all` and `worker`, beside mail. */
@Module({
  imports: [ActivationMailModule, MailModule, UsersRepositoryModule],
  providers: [UpkeepService],
})
export class UpkeepModule {}
