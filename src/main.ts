import 'reflect-metadata';
import { createApp } from './app.js';
import { InvalidSettings, parseConfig, readEnvironment } from './config/load-config.js';

try {
  const config = parseConfig(await readEnvironment());
  const app = await createApp(config);
  // Not SIGHUP and the like: their default is right. The exit code is 0 after an orderly end.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () =>
      setTimeout(() => process.exit(1), config.shutdownGraceSeconds * 1_000).unref(),
    );
  }
  await app.listen(config.port, config.host);
} catch (error) {
  console.error(error instanceof InvalidSettings ? error.message : error);
  process.exit(1);
}
