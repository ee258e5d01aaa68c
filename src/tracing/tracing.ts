import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';

/** Exports traces where the settings name a collector; else nothing of OpenTelemetry's SDK is even loaded. */
@Injectable()
export class Tracing implements OnModuleInit, OnApplicationShutdown {
  private stop: (() => Promise<void>) | undefined;

  constructor(private readonly config: Config) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.exportsTraces) return;
    const { startExport } = await import('./export.js');
    this.stop = startExport(this.config.role);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop?.();
  }
}
