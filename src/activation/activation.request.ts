import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

/** The body of POST /v1/activation. */
export class ActivationRequest {
  @ApiProperty({
    description: 'The digits of the newest mail: six, unless the service is set to another length',
    pattern: '^[0-9]{4,8}$',
    example: '042917',
  })
  @Matches(/^[0-9]{4,8}$/, { message: 'The code is a string of digits.' })
  code: string;
}
