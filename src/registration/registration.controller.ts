import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { JsonBody } from '../common/json-body.interceptor.js';
import { RateLimited } from '../common/rate-limited.decorator.js';
import { Config } from '../config/config.js';
import { type Registration, RegistrationPipe } from './registration.pipe.js';
import {
  ConcealedRegistrationResponse,
  RegistrationRequest,
  RegistrationResponse,
} from './registration.request.js';
import { RegistrationService } from './registration.service.js';

/** POST /v1/registration */
@ApiTags('registration')
@Controller({ path: 'registration', version: '1' })
export class RegistrationController {
  constructor(
    private readonly config: Config,
    private readonly registration: RegistrationService,
  ) {}

  @Post()
  @RateLimited('registration')
  @JsonBody()
  @ApiOperation({ operationId: 'register', summary: 'Register an e-mail address; a code is mailed to it' })
  @ApiBody({ type: RegistrationRequest })
  @ApiCreatedResponse({
    type: RegistrationResponse,
    description: 'The account is made, and a code is on its way by mail',
  })
  @ApiAcceptedResponse({
    type: ConcealedRegistrationResponse,
    description: 'With CONCEAL_ACCOUNTS: the same for every valid request',
  })
  @ApiProblems(
    'https-required',
    'malformed-json',
    'email-already-registered',
    'content-too-large',
    'unsupported-media-type',
    'validation-failed',
    'too-many-requests',
    'overloaded',
    'temporarily-unavailable',
  )
  async register(
    @Body(RegistrationPipe) { email, password }: Registration,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RegistrationResponse | ConcealedRegistrationResponse> {
    if (this.config.concealAccounts) {
      await this.registration.registerConcealed(email, password);
      response.status(202);
      return { message: 'If the address can be registered, a mail is on its way to it' };
    }
    const user = await this.registration.register(email, password);
    return { id: user.id, email: user.email, is_active: false, created_at: user.createdAt.toISOString() };
  }
}
