import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { toUserResponse } from '../users/user.response.js';
import { UsersRepository } from '../users/users.repository.js';
import {
  QueuedResponse,
  UserPageResponse,
  UserWithMailsResponse,
  toMailResponse,
  toUserPage,
} from './admin.response.js';
import { AdminService } from './admin.service.js';
import { ApiId } from './api-id.decorator.js';
import { OperatorOnly } from './api-operator.decorator.js';
import { IdPipe } from './id.pipe.js';
import { UsersQuery, pageRequest } from './list.request.js';

/** /v1/admin/users */
@ApiTags('admin: users')
@Controller({ path: 'admin/users', version: '1' })
export class AdminUsersController {
  constructor(
    private readonly admin: AdminService,
    private readonly users: UsersRepository,
  ) {}

  @Get()
  @OperatorOnly('validation-failed')
  @ApiOperation({ operationId: 'listUsers', summary: 'Users, newest first' })
  @ApiOkResponse({ type: UserPageResponse, description: 'A page of users' })
  async list(@Query() query: UsersQuery): Promise<UserPageResponse> {
    const rows = await this.users.list({ email: query.email, status: query.status }, pageRequest(query));
    this.admin.logListing('users');
    return toUserPage(rows, query.limit);
  }

  @Get(':id')
  @OperatorOnly('not-found')
  @ApiOperation({ operationId: 'getUser', summary: 'One user, and what became of the mails to them' })
  @ApiId('user')
  @ApiOkResponse({ type: UserWithMailsResponse, description: 'The user, with the newest mail first' })
  async look(@Param('id', IdPipe) id: string): Promise<UserWithMailsResponse> {
    const { user, mails } = await this.admin.look(id);
    return Object.assign(toUserResponse(user), { mails: mails.map(toMailResponse) });
  }

  @Delete(':id')
  @HttpCode(204)
  @OperatorOnly('cross-site-request', 'not-found')
  @ApiOperation({ operationId: 'eraseUser', summary: 'Erase everything of that person' })
  @ApiId('user')
  @ApiNoContentResponse({ description: 'Nothing is left of that person' })
  async erase(@Param('id', IdPipe) id: string): Promise<void> {
    await this.admin.erase(id);
  }

  @Post(':id/activation-code')
  @HttpCode(202)
  @OperatorOnly('cross-site-request', 'not-found', 'already-active')
  @ApiOperation({ operationId: 'mailNewCode', summary: 'Mail a new code, without waiting for the cooldown' })
  @ApiId('user')
  @ApiAcceptedResponse({ type: QueuedResponse, description: 'On its way; the older code is void' })
  async mailNewCode(@Param('id', IdPipe) id: string): Promise<QueuedResponse> {
    await this.admin.mailNewCode(id);
    return { message: 'A new code is on its way' };
  }
}
