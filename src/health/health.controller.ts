import { Controller, Get, type OnModuleDestroy, Optional, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { TemporarilyUnavailable } from '../common/domain-error.js';
import { Database } from '../database/database.js';
import { MailProcessor } from '../mail/mail.processor.js';
import { QueueConnectionProvider } from '../mail/queue-connection.js';
import { LiveResponse, ReadyResponse } from './health.response.js';

/** Probes ask with a timeout of a second; this leaves room for the answer, milliseconds. */
const PROBE_DEADLINE_MS = 800;

type Readiness = Pick<HealthCheckResult, 'status' | 'details'>;

const readiness = 'Ready. `degraded`: mails wait, registrations do not.';

/** GET /health/live, /health/ready and /health */
@ApiTags('operations')
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController implements OnModuleDestroy {
  private ending = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly queue: QueueConnectionProvider,
    @Optional() private readonly mails?: MailProcessor,
  ) {}

  /** The first of Nest's hooks; terminus would know only after the mails at hand. */
  onModuleDestroy(): void {
    this.ending = true;
  }

  /** Looks at nothing outside: restarting this process would not bring a database back. */
  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process can answer' })
  @ApiOkResponse({ type: LiveResponse, description: 'It can' })
  @ApiProblems()
  live(): LiveResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ operationId: 'isReady', summary: 'Whether requests should be sent here' })
  @ApiOkResponse({ type: ReadyResponse, description: readiness })
  @ApiProblems('temporarily-unavailable')
  async ready(): Promise<Readiness> {
    if (this.ending) throw new TemporarilyUnavailable(undefined);
    const { status, details } = await this.health.check([
      () => this.checkDatabase(),
      () => this.degradedUnless('queue', this.queue.isReady()),
      () => this.degradedUnless('smtp', this.mails?.smtpIsReachable ?? true),
    ]);
    return { status, details };
  }

  @Get()
  @ApiOperation({ operationId: 'getHealth', summary: 'The same as ready, for people' })
  @ApiOkResponse({ type: ReadyResponse, description: readiness })
  @ApiProblems('temporarily-unavailable')
  overall(): Promise<Readiness> {
    return this.ready();
  }

  private async checkDatabase() {
    const indicator = this.indicators.check('database');
    return (await this.database.answersWithin(PROBE_DEADLINE_MS)) ? indicator.up() : indicator.down();
  }

  private degradedUnless(key: string, healthy: boolean) {
    const indicator = this.indicators.check(key);
    return healthy ? indicator.up() : indicator.degraded();
  }
}
