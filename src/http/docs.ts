import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Problem } from '../common/problem.response.js';
import type { Config } from '../config/config.js';
import { httpsOnly } from './https-only.middleware.js';
import { operatorOnly } from './operator-only.middleware.js';
import { WrongPasswordLimit } from './wrong-password-limit.js';

/** Paths of the document and of the page that shows it. */
export const docsPaths = ['/docs', '/openapi.json'];

/** The OpenAPI 3.1 document of the running application. */
export function apiDocument(app: NestExpressApplication): OpenAPIObject {
  const document = new DocumentBuilder()
    .setTitle('Registration API')
    .setDescription('Sign-up by e-mail and password, and activation with a code from the mail.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: 'E-mail address and password of a user' },
      'account',
    )
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: "The operator's name and password" },
      'operator',
    )
    .build();
  return SwaggerModule.createDocument(app, document, { extraModels: [Problem] });
}

/** Serves Swagger at /docs and the document at /openapi.json, to whom the settings allow. */
export function serveDocs(app: NestExpressApplication, config: Config): void {
  if (config.docsAccess === 'off' || (config.docsAccess === 'admin' && config.admin === undefined)) return;
  if (config.docsAccess === 'admin') {
    if (config.httpsOnly) app.use(docsPaths, httpsOnly);
    app.use(docsPaths, operatorOnly(config.admin!, app.get(WrongPasswordLimit)));
  }
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Registration API',
    swaggerOptions: { displayRequestDuration: true, tryItOutEnabled: true, tagsSorter: 'alpha' },
  });
}
