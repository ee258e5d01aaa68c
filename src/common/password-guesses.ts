import type { Request } from 'express';

/** Slows down whoever guesses passwords. Every place that compares one with what HTTP Basic carries does it in here. */
export abstract class PasswordGuesses {
  /**
   * @param username as it is compared, whatever it was written like: the same account, the same limit
   * @param compare answers false or undefined for wrong credentials; what it throws is no verdict and counts nothing
   * @returns what it answers
   * @throws TooManyRequests before anything is compared, or for a wrong one when other replicas have used up the limit
   * @throws Overloaded when the turn does not come in time
   */
  abstract judge<T>(request: Request, username: string, compare: () => Promise<T> | T): Promise<T>;
}
