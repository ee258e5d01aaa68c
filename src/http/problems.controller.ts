import { Controller, Get, Header, Param, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { DomainError } from '../common/domain-error.js';
import { type ProblemSlug, problems } from '../common/problems.js';

/** GET /problems/{slug}: what the `type` of a problem document leads to. */
@ApiTags('problems')
@Controller({ path: 'problems', version: VERSION_NEUTRAL })
export class ProblemsController {
  @Get(':slug')
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiOperation({ operationId: 'explainProblem', summary: 'What a kind of problem means' })
  @ApiProduces('text/html')
  @ApiParam({ name: 'slug', enum: Object.keys(problems) })
  @ApiOkResponse({ schema: { type: 'string' }, description: 'A page for people' })
  @ApiProblems('not-found')
  explain(@Param('slug') slug: string): string {
    if (!isProblem(slug)) throw new DomainError('not-found', 'There is no such kind of problem.');
    const { title, status, explanation } = problems[slug];
    return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title}</title>
  </head>
  <body>
    <h1>${title}</h1>
    <p><code>${slug}</code>, HTTP status ${status}</p>
    <p>${inHtml(explanation)}</p>
    <p><a href="/docs">The API, with every operation that answers this</a></p>
  </body>
</html>
`;
  }
}

function isProblem(slug: string): slug is ProblemSlug {
  return Object.hasOwn(problems, slug);
}

/** Back-ticks of the texts, which are ours, become code. */
function inHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
