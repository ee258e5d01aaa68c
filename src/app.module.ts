import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ActivationMailModule } from './activation/activation-mail.module.js';
import { ActivationModule } from './activation/activation.module.js';
import { AdminModule } from './admin/admin.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpDrain } from './http/http-drain.js';
import { LimitsModule } from './http/limits.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { ProblemsController } from './http/problems.controller.js';
import { RateLimitGuard } from './http/rate-limit.guard.js';
import { validationPipe } from './http/validation.pipe.js';
import { MailWorkerModule } from './mail/mail-worker.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { RegistrationMailModule } from './registration/registration-mail.module.js';
import { RegistrationModule } from './registration/registration.module.js';
import { Tracing } from './tracing/tracing.js';
import { UpkeepModule } from './upkeep/upkeep.module.js';
import { UsersModule } from './users/users.module.js';

/** The wiring: which modules a role gets, and the pipeline that every request goes through. */
@Module({
  controllers: [ProblemsController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_PIPE, useFactory: validationPipe },
    HttpDrain,
    Tracing,
  ],
})
export class AppModule {
  static register(config: Config): DynamicModule {
    const servesApi = config.role !== 'worker';
    const sendsMail = config.role !== 'api';
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        DatabaseModule,
        MetricsModule,
        LimitsModule,
        HealthModule.register({ sendsMail }),
        ...(servesApi ? [UsersModule, ActivationModule, RegistrationModule] : []),
        ...(servesApi && config.admin ? [AdminModule] : []),
        ...(sendsMail ? [MailWorkerModule, ActivationMailModule, RegistrationMailModule, UpkeepModule] : []),
      ],
    };
  }
}
