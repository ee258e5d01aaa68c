import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { MailLogRepository } from '../mail/mail-log.repository.js';
import { CountResponse, MailPageResponse, QueuedResponse, toMailPage } from './admin.response.js';
import { AdminService } from './admin.service.js';
import { ApiId } from './api-id.decorator.js';
import { OperatorOnly } from './api-operator.decorator.js';
import { IdPipe } from './id.pipe.js';
import { MailsQuery, pageRequest } from './list.request.js';

/** /v1/admin/mails */
@ApiTags('admin: mails')
@Controller({ path: 'admin/mails', version: '1' })
export class AdminMailsController {
  constructor(
    private readonly admin: AdminService,
    private readonly mails: MailLogRepository,
  ) {}

  @Get()
  @OperatorOnly('validation-failed')
  @ApiOperation({
    operationId: 'listMails',
    summary: 'Mails, newest first; dead letters with the status dead',
  })
  @ApiOkResponse({ type: MailPageResponse, description: 'A page of mails' })
  async list(@Query() query: MailsQuery): Promise<MailPageResponse> {
    const rows = await this.mails.list(query.status, pageRequest(query));
    this.admin.logListing('mails');
    return toMailPage(rows, query.limit);
  }

  @Post('retry')
  @HttpCode(202)
  @OperatorOnly('cross-site-request')
  @ApiOperation({ operationId: 'retryMails', summary: 'Send all dead letters again' })
  @ApiAcceptedResponse({ type: CountResponse, description: 'So many go back into the queue' })
  async retryAll(): Promise<CountResponse> {
    return { count: await this.admin.replayAll() };
  }

  @Post(':id/retry')
  @HttpCode(202)
  @OperatorOnly('cross-site-request', 'not-found', 'mail-not-dead')
  @ApiOperation({ operationId: 'retryMail', summary: 'Send one dead letter again' })
  @ApiId('mail')
  @ApiAcceptedResponse({ type: QueuedResponse, description: 'It goes back into the queue' })
  async retry(@Param('id', IdPipe) id: string): Promise<QueuedResponse> {
    await this.admin.replay(id);
    return { message: 'The mail goes back into the queue' };
  }
}
