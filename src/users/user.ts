/** A person who registered: pending until activated. */
export interface User {
  id: string;
  /** Canonical: ASCII, lower case. */
  email: string;
  createdAt: Date;
  activatedAt: Date | null;
}

/** A user with what Basic Auth checks. Stays inside the service. */
export interface Account extends User {
  passwordHash: string;
}
