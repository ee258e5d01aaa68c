import { Controller, Get, Optional, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { Database } from '../database/database.js';
import { MailProcessor } from '../mail/mail.processor.js';
import { QueueConnectionProvider } from '../mail/queue-connection.js';

/** Probes ask with a timeout of a second; this leaves room for the answer, milliseconds. */
const PROBE_DEADLINE_MS = 800;

/** GET /health/live, /health/ready and /health */
@ApiTags('operations')
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly queue: QueueConnectionProvider,
    @Optional() private readonly mails?: MailProcessor,
  ) {}

  /** Looks at nothing outside: restarting this process would not bring a database back. */
  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process can answer' })
  @ApiOkResponse({ schema: { example: { status: 'ok' } } })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get(['ready', ''])
  @ApiOperation({ operationId: 'isReady', summary: 'Whether requests should be sent here' })
  @ApiOkResponse({
    description: 'Ready. `degraded`: mails wait, registrations do not.',
    schema: {
      example: { status: 'degraded', details: { database: { status: 'up' }, queue: { status: 'degraded' } } },
    },
  })
  @ApiProblems('temporarily-unavailable')
  async ready(): Promise<{ status: string; details: HealthIndicatorResult }> {
    const { status, details } = await this.health.check([
      () => this.checkDatabase(),
      () => this.degradedUnless('queue', this.queue.isReady()),
      () => this.degradedUnless('smtp', this.mails?.smtpIsReachable ?? true),
    ]);
    return { status, details };
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
