import { ApiProperty } from '@nestjs/swagger';

/** The answer of GET /health/live. */
export class LiveResponse {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  status: 'ok';
}

/** One thing that the service needs. */
class Dependency {
  @ApiProperty({ enum: ['up', 'degraded'], example: 'up' })
  status: 'up' | 'degraded';
}

/** What the service needs, one by one. */
class Dependencies {
  @ApiProperty()
  database: Dependency;

  @ApiProperty({ example: { status: 'degraded' } })
  queue: Dependency;

  @ApiProperty({ description: 'Of the role `api`, which sends no mail: always up' })
  smtp: Dependency;
}

/** The answer of GET /health/ready and GET /health. */
export class ReadyResponse {
  @ApiProperty({ enum: ['ok', 'degraded'], example: 'degraded' })
  status: 'ok' | 'degraded';

  @ApiProperty()
  details: Dependencies;
}
