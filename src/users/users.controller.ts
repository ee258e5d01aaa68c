import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiBasicAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { RateLimited } from '../common/rate-limited.decorator.js';
import { BasicAuthGuard, CurrentAccount } from './basic-auth.guard.js';
import { type Account } from './user.js';
import { UserResponse, toUserResponse } from './user.response.js';

/** GET /v1/users/me */
@ApiTags('users')
@Controller({ path: 'users', version: '1' })
export class UsersController {
  @Get('me')
  @RateLimited('sign-in')
  @UseGuards(BasicAuthGuard)
  @ApiBasicAuth('account')
  @ApiOperation({ operationId: 'getCurrentUser', summary: 'The account of the credentials' })
  @ApiOkResponse({ type: UserResponse, description: 'The account' })
  @ApiProblems(
    'https-required',
    'invalid-credentials',
    'too-many-requests',
    'overloaded',
    'temporarily-unavailable',
  )
  me(@CurrentAccount() account: Account): UserResponse {
    return toUserResponse(account);
  }
}
