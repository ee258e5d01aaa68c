import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Problem } from '../common/problem.response.js';
import { PasswordGuesses } from '../common/password-guesses.js';
import { Config } from '../config/config.js';
import { apiGuide, apiTags, basicSchemes } from './api-guide.js';
import { httpsOnly } from './https-only.middleware.js';
import { operatorOnly } from './operator-only.middleware.js';
import { authorizeInUtf8 } from './swagger-utf8.mjs';

/** Paths of the document and of the page that shows it. */
export const docsPaths = ['/docs', '/openapi.json'];

/** The OpenAPI 3.1 document of the running application. */
export function apiDocument(app: NestExpressApplication): OpenAPIObject {
  const hasOperator = app.get(Config).admin !== undefined;
  const builder = new DocumentBuilder()
    .setTitle('Registration API')
    .setDescription(apiGuide(hasOperator))
    .setVersion('1')
    .setOpenAPIVersion('3.1.0');
  for (const [name, description] of Object.entries(basicSchemes(hasOperator))) {
    builder.addBasicAuth({ type: 'http', scheme: 'basic', description }, name);
  }
  for (const [name, description] of apiTags(hasOperator)) builder.addTag(name, description);
  return SwaggerModule.createDocument(app, builder.build(), { extraModels: [Problem] });
}

/** Serves Swagger at /docs and the document at /openapi.json, to whom the settings allow. */
export function serveDocs(app: NestExpressApplication, config: Config): void {
  if (config.docsAccess === 'off' || (config.docsAccess === 'admin' && config.admin === undefined)) return;
  if (config.docsAccess === 'admin') {
    if (config.httpsOnly) app.use(docsPaths, httpsOnly);
    app.use(docsPaths, operatorOnly(config.admin!, app.get(PasswordGuesses)));
  }
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Registration API',
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
      plugins: [{ statePlugins: { auth: { wrapActions: { authorize: authorizeInUtf8 } } } }],
    },
  });
}
