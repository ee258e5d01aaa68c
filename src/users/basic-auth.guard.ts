import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  Logger,
  createParamDecorator,
} from '@nestjs/common';
import type { Request } from 'express';
import { parseBasicCredentials } from '../common/basic-credentials.js';
import { causeOf } from '../common/cause-of.js';
import { DomainError } from '../common/domain-error.js';
import { InvalidCredentials } from '../common/invalid-credentials.js';
import { PasswordGuesses } from '../common/password-guesses.js';
import { canonicalEmail } from './email-address.js';
import { PasswordHasher } from './password-hasher.js';
import type { Account } from './user.js';
import { UsersRepository } from './users.repository.js';

interface AuthenticatedRequest extends Request {
  account?: Account;
}

/** Knows the person by e-mail and password (RFC 7617). Runs before the body is read. */
@Injectable()
export class BasicAuthGuard implements CanActivate {
  private readonly logger = new Logger('Users');

  constructor(
    private readonly users: UsersRepository,
    private readonly hasher: PasswordHasher,
    private readonly guesses: PasswordGuesses,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const credentials = parseBasicCredentials(request.headers.authorization);
    if (credentials === undefined) throw new InvalidCredentials();
    const { username, password } = credentials;
    const email = canonicalEmail(username);
    const account = await this.guesses.judge(request, email ?? username, () =>
      this.authenticate(email, password),
    );
    if (account === undefined) throw new InvalidCredentials();
    request.account = account;
    return true;
  }

  /** An unknown address costs the same hash as a known one. */
  private async authenticate(email: string | undefined, password: string): Promise<Account | undefined> {
    const account = email === undefined ? undefined : await this.users.findByEmail(email);
    const matches = await this.hasher.verify(password, account?.passwordHash);
    if (account === undefined || !matches) return undefined;
    if (!this.hasher.isCurrent(account.passwordHash)) await this.renew(account, password);
    return account;
  }

  /**
   * BCRYPT_COST was changed; only now is the password known (OWASP Password Storage, "Upgrading the Work Factor"). The
   * password is right whatever comes of it; else the next sign-in renews it.
   */
  private async renew(account: Account, password: string): Promise<void> {
    try {
      await this.users.replaceHash(account.id, await this.hasher.hash(password));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn(`a hash was not renewed: ${causeOf(error)}`);
    }
  }
}

/** The account that BasicAuthGuard let in. */
export const CurrentAccount = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().account,
);
