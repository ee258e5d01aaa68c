/**
 * A way to compute bcrypt, on other threads than the event loop's (OWASP Node.js, "do not block the event loop"). All of
 * them write `$2b$` and verify each other's hashes, so the choice may change at any time.
 */
export abstract class BcryptEngine {
  abstract readonly name: string;
  /** How many passwords it may be given at once, at least 1. */
  abstract readonly atOnce: number;

  abstract hash(password: string, cost: number): Promise<string>;

  abstract verify(password: string, stored: string): Promise<boolean>;

  /** What it is working on may be left undone. */
  abstract close(): Promise<void>;
}
