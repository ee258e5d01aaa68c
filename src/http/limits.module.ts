import { Global, Module } from '@nestjs/common';
import { PasswordGuesses } from '../common/password-guesses.js';
import { RateLimiter } from './rate-limiter.js';
import { WrongPasswordLimit } from './wrong-password-limit.js';

/** How often who may ask. Global, because whoever compares passwords knows it as PasswordGuesses only. */
@Global()
@Module({
  providers: [RateLimiter, { provide: PasswordGuesses, useClass: WrongPasswordLimit }],
  exports: [RateLimiter, PasswordGuesses],
})
export class LimitsModule {}
