import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, ValidateBy } from 'class-validator';
import { type PageRequest, decodeCursor } from '../common/page.js';
import { WholeNumber } from '../common/whole-number.decorator.js';
import { canonicalEmail } from '../users/email-address.js';

/** A cursor that one of our answers gave. */
const IsCursor = () =>
  ValidateBy({
    name: 'isCursor',
    validator: {
      validate: (value) => typeof value === 'string' && decodeCursor(value) !== undefined,
      defaultMessage: () => 'The cursor is one that an earlier page gave.',
    },
  });

/** An address in any form that could be registered, as it is stored. */
const IsStoredEmail = () =>
  ValidateBy({
    name: 'isStoredEmail',
    validator: {
      validate: (value) => typeof value === 'string' && canonicalEmail(value) === value,
      defaultMessage: () => 'The filter is a whole e-mail address.',
    },
  });

class PageQuery {
  @ApiProperty({
    required: false,
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 20,
    description: 'How many at most',
  })
  @WholeNumber({ min: 1, max: 100 })
  limit = 20;

  @ApiProperty({
    required: false,
    description: '`next_cursor` of the page before; leave it out for the first',
  })
  @IsOptional()
  @IsCursor()
  cursor?: string;
}

/** The query of GET /v1/admin/users. */
export class UsersQuery extends PageQuery {
  // No example: Swagger would send it, and hide everybody else.
  @ApiProperty({
    required: false,
    format: 'email',
    description: 'The whole address, as in `ada@example.com`',
  })
  @IsOptional()
  @IsStoredEmail()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (canonicalEmail(value) ?? value) : value,
  )
  email?: string;

  @ApiProperty({ required: false, enum: ['pending', 'active'], description: 'Leave it out for both' })
  @IsOptional()
  @IsIn(['pending', 'active'])
  status?: 'pending' | 'active';
}

/** The query of GET /v1/admin/mails. */
export class MailsQuery extends PageQuery {
  @ApiProperty({
    required: false,
    enum: ['pending', 'sent', 'dead'],
    description: '`dead`: the dead letters. Leave it out for all',
  })
  @IsOptional()
  @IsIn(['pending', 'sent', 'dead'])
  status?: 'pending' | 'sent' | 'dead';
}

/** One row more than the page has tells whether there is another page. */
export function pageRequest({ limit, cursor }: PageQuery): PageRequest {
  return { limit: limit + 1, after: cursor === undefined ? undefined : decodeCursor(cursor) };
}
