import { ApiProperty } from '@nestjs/swagger';

class FaultResponse {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) to the member', example: '/password' })
  pointer: string;

  @ApiProperty({ description: 'Stable and machine readable', example: 'too_short' })
  code: string;

  @ApiProperty({ example: 'The password needs at least 8 characters.' })
  detail: string;
}

/** The shape of every error (RFC 9457). */
export class Problem {
  @ApiProperty({
    description: 'What kind of problem; the path explains it',
    example: '/problems/validation-failed',
  })
  type: string;

  @ApiProperty({ example: 'Validation failed' })
  title: string;

  @ApiProperty({ type: 'integer', example: 422 })
  status: number;

  @ApiProperty({
    description: 'A sentence for the person',
    example: 'Some members of the request are not acceptable.',
  })
  detail: string;

  @ApiProperty({ description: 'The request id, also in the `x-request-id` header and in the log' })
  instance: string;

  @ApiProperty({ type: [FaultResponse], required: false, description: 'validation-failed: one row a fault' })
  errors?: FaultResponse[];

  @ApiProperty({
    required: false,
    type: 'integer',
    description: 'invalid-activation-code: tries left on this code',
    example: 4,
  })
  remaining_attempts?: number;
}
