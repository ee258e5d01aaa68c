import { ApiProperty } from '@nestjs/swagger';

/** The answer of POST /v1/activation. */
export class ActivationResponse {
  @ApiProperty({ example: 'Account activated successfully' })
  message: string;

  @ApiProperty({ format: 'uuid', example: '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d' })
  user_id: string;

  @ApiProperty({ enum: [true] })
  is_active: true;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T12:01:30.000Z' })
  activated_at: string;
}

/** The answer of POST /v1/activation/code. */
export class ResendResponse {
  @ApiProperty({ example: 'A new code is on its way' })
  message: string;

  @ApiProperty({
    type: 'integer',
    description: 'Life of the code in seconds, from the moment its mail is sent',
    example: 600,
  })
  expires_in: number;

  @ApiProperty({ type: 'integer', description: 'Seconds until another code may be asked for', example: 60 })
  retry_after: number;
}
