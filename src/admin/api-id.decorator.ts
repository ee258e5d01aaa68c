import { ApiParam } from '@nestjs/swagger';

/** Documents the `{id}` of a path. Without an example: Swagger would fill in one that names nothing. */
export function ApiId(of: 'user' | 'mail'): MethodDecorator {
  return ApiParam({
    name: 'id',
    schema: { type: 'string', format: 'uuid' },
    description: `\`id\` of a ${of}, as the list tells it`,
  });
}
