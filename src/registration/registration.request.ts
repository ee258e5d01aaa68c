import { ApiProperty } from '@nestjs/swagger';

/** The body of POST /v1/registration, for the API document; RegistrationPipe checks it. */
export class RegistrationRequest {
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ada@example.com' })
  email: string;

  @ApiProperty({
    format: 'password',
    description: 'At least 8 characters (a setting) and at most 72 bytes in UTF-8; no control characters',
    example: 'correct horse battery',
  })
  password: string;
}

/** The answer of POST /v1/registration when accounts are concealed. */
export class ConcealedRegistrationResponse {
  @ApiProperty({ example: 'If the address can be registered, a mail is on its way to it' })
  message: string;
}

/** The answer of POST /v1/registration. */
export class RegistrationResponse {
  @ApiProperty({ format: 'uuid', example: '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d' })
  id: string;

  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;

  @ApiProperty({ enum: [false] })
  is_active: false;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T12:00:00.000Z' })
  created_at: string;
}
