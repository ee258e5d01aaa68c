import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBasicAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { JsonBody } from '../common/json-body.interceptor.js';
import { RateLimited } from '../common/rate-limited.decorator.js';
import { BasicAuthGuard, CurrentAccount } from '../users/basic-auth.guard.js';
import type { Account } from '../users/user.js';
import { ActivationRequest } from './activation.request.js';
import { ActivationResponse, ResendResponse } from './activation.response.js';
import { ActivationService } from './activation.service.js';

/** POST /v1/activation and POST /v1/activation/code */
@ApiTags('activation')
@ApiBasicAuth('account')
@RateLimited('sign-in')
@UseGuards(BasicAuthGuard)
@Controller({ path: 'activation', version: '1' })
export class ActivationController {
  constructor(private readonly activation: ActivationService) {}

  @Post()
  @HttpCode(200)
  @JsonBody()
  @ApiOperation({ operationId: 'activate', summary: 'Activate the account with the code from the mail' })
  @ApiOkResponse({ type: ActivationResponse, description: 'The account is active' })
  @ApiProblems(
    'https-required',
    'malformed-json',
    'invalid-activation-code',
    'expired-activation-code',
    'invalid-credentials',
    'already-active',
    'content-too-large',
    'unsupported-media-type',
    'validation-failed',
    'too-many-requests',
    'too-many-attempts',
    'overloaded',
    'temporarily-unavailable',
  )
  async activate(
    @CurrentAccount() account: Account,
    @Body() request: ActivationRequest,
  ): Promise<ActivationResponse> {
    const activatedAt = await this.activation.activate(account, request.code);
    return {
      message: 'Account activated successfully',
      user_id: account.id,
      is_active: true,
      activated_at: activatedAt.toISOString(),
    };
  }

  @Post('code')
  @HttpCode(202)
  @ApiOperation({ operationId: 'resendActivationCode', summary: 'Mail a new code; the older one is void' })
  @ApiAcceptedResponse({ type: ResendResponse, description: 'A new code is on its way by mail' })
  @ApiProblems(
    'https-required',
    'invalid-credentials',
    'already-active',
    'too-many-requests',
    'overloaded',
    'temporarily-unavailable',
  )
  async resend(@CurrentAccount() account: Account): Promise<ResendResponse> {
    const { expiresIn, retryAfter } = await this.activation.resend(account);
    return { message: 'A new code is on its way', expires_in: expiresIn, retry_after: retryAfter };
  }
}
