import { Body, Controller, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { JsonBody } from '../common/json-body.interceptor.js';
import { RateLimited } from '../common/rate-limited.decorator.js';
import { type Registration, RegistrationPipe } from './registration.pipe.js';
import { RegistrationRequest, RegistrationResponse } from './registration.request.js';
import { RegistrationService } from './registration.service.js';

/** POST /v1/registration */
@ApiTags('registration')
@Controller({ path: 'registration', version: '1' })
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  @Post()
  @RateLimited('registration')
  @JsonBody()
  @ApiOperation({ operationId: 'register', summary: 'Register an e-mail address; a code is mailed to it' })
  @ApiBody({ type: RegistrationRequest })
  @ApiCreatedResponse({ type: RegistrationResponse })
  @ApiProblems(
    'malformed-json',
    'email-already-registered',
    'content-too-large',
    'unsupported-media-type',
    'validation-failed',
    'too-many-requests',
    'overloaded',
    'temporarily-unavailable',
  )
  async register(@Body(RegistrationPipe) { email, password }: Registration): Promise<RegistrationResponse> {
    const user = await this.registration.register(email, password);
    return { id: user.id, email: user.email, is_active: false, created_at: user.createdAt.toISOString() };
  }
}
