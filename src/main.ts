import 'reflect-metadata';
import { createApp } from './app.js';
import { logOutput } from './common/json-logger.js';
import { InvalidSettings, parseConfig, readEnvironment } from './config/load-config.js';

const STANDARD_OUTPUT = 1;

let ending = false;
try {
  const config = parseConfig(await readEnvironment());
  const app = await createApp(config, logOutput(config.environment === 'development', STANDARD_OUTPUT));
  // Not SIGHUP and the like: their default is right. The exit code is 0 after an orderly end.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      ending = true;
      setTimeout(() => process.exit(1), config.shutdownGraceSeconds * 1_000).unref();
    });
  }
  await app.listen(config.port, config.host);
} catch (error) {
  // A start that a signal interrupts may break off anywhere; the orderly end goes on and is no failure.
  if (!ending) {
    console.error(error instanceof InvalidSettings ? error.message : error);
    process.exit(1);
  }
}
