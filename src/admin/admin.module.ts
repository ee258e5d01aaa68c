import { Module } from '@nestjs/common';
import { ActivationModule } from '../activation/activation.module.js';
import { MailModule } from '../mail/mail.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminMailsController } from './admin-mails.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminService } from './admin.service.js';
import { OperatorGuard } from './operator.guard.js';

/** The operator's side. Only there when the settings name an operator. */
@Module({
  imports: [UsersModule, ActivationModule, MailModule],
  controllers: [AdminUsersController, AdminMailsController],
  providers: [AdminService, OperatorGuard],
})
export class AdminModule {}
