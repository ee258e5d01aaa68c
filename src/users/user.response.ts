import { ApiProperty } from '@nestjs/swagger';
import type { User } from './user.js';

/** A user on the wire. */
export class UserResponse {
  @ApiProperty({ format: 'uuid', example: '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d' })
  id: string;

  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;

  @ApiProperty({ example: false })
  is_active: boolean;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T12:00:00.000Z' })
  created_at: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  activated_at: string | null;
}

/** The one place where a user becomes JSON. */
export function toUserResponse(user: User): UserResponse {
  return {
    id: user.id,
    email: user.email,
    is_active: user.activatedAt !== null,
    created_at: user.createdAt.toISOString(),
    activated_at: user.activatedAt?.toISOString() ?? null,
  };
}
