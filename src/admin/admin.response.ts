import { ApiProperty } from '@nestjs/swagger';
import { toPage } from '../common/page.js';
import type { MailRecord } from '../mail/mail-log.repository.js';
import { UserResponse, toUserResponse } from '../users/user.response.js';
import type { ListedUser } from '../users/users.repository.js';

/** A mail as an operator sees it. */
export class MailResponse {
  @ApiProperty({ format: 'uuid', example: '01942f6e-7b1c-7e65-8f0e-5d0c3a1b2c3d' })
  id: string;

  @ApiProperty({ example: 'activation-code' })
  kind: string;

  @ApiProperty({ example: 'ada@example.com' })
  to: string;

  @ApiProperty({
    enum: ['pending', 'sent', 'dead', 'obsolete'],
    description: '`obsolete`: nobody wanted it any more when its turn came',
    example: 'dead',
  })
  status: MailRecord['state'];

  @ApiProperty({ type: 'integer', example: 1 })
  attempts: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the last try that failed said',
    example: 'Message failed: 554 5.7.1 not wanted',
  })
  last_error: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-11-22T12:00:00.000Z' })
  created_at: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  sent_at: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T12:00:02.000Z' })
  dead_at: string | null;
}

/** A user with the mails that were owed to them. */
export class UserWithMailsResponse extends UserResponse {
  @ApiProperty({ type: [MailResponse] })
  mails: MailResponse[];
}

const nextCursor = {
  type: String,
  nullable: true,
  description: 'Give it back as `cursor`; null on the last page',
  example: null,
};

export class UserPageResponse {
  @ApiProperty({ type: [UserResponse] })
  items: UserResponse[];

  @ApiProperty(nextCursor)
  next_cursor: string | null;
}

export class MailPageResponse {
  @ApiProperty({ type: [MailResponse] })
  items: MailResponse[];

  @ApiProperty(nextCursor)
  next_cursor: string | null;
}

export class CountResponse {
  @ApiProperty({ type: 'integer', example: 3 })
  count: number;
}

export class QueuedResponse {
  @ApiProperty({ example: 'A new code is on its way' })
  message: string;
}

/** The one place where a mail becomes JSON. */
export function toMailResponse(mail: MailRecord): MailResponse {
  return {
    id: mail.id,
    kind: mail.kind,
    to: mail.to,
    status: mail.state,
    attempts: mail.attempts,
    last_error: mail.lastError,
    created_at: mail.createdAt.toISOString(),
    sent_at: mail.sentAt?.toISOString() ?? null,
    dead_at: mail.deadAt?.toISOString() ?? null,
  };
}

export function toMailPage(rows: MailRecord[], limit: number): MailPageResponse {
  const page = toPage(rows, limit);
  return { items: page.items.map(toMailResponse), next_cursor: page.nextCursor };
}

export function toUserPage(rows: ListedUser[], limit: number): UserPageResponse {
  const page = toPage(rows, limit);
  return { items: page.items.map(toUserResponse), next_cursor: page.nextCursor };
}
