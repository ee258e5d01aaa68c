import { problems } from '../common/problems.js';

const forEverybody = `A person registers with an e-mail address and a password, gets a code by mail, and activates the account with it.

1. \`POST /v1/registration\`: the account is made, and the code is on its way.
2. **Authorize** as \`account\`, with that address and password.
3. \`POST /v1/activation\` with the code from the mail. \`POST /v1/activation/code\` mails another one.
4. \`GET /v1/users/me\` shows the account.`;

const forOperators = `The groups that begin with _admin_ are for the operator: **Authorize** as \`operator\`. Dead letters, the mails that were given up, are in \`GET /v1/admin/mails\` with the status \`dead\`.`;

// Folded away, it leaves the operations in sight.
const errors = `Every error is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): its \`type\` is stable, its \`detail\` is for the person, its \`instance\` is the id of the request in the log.

<details><summary>All types of problems</summary>

| status | type | what it means |
| --- | --- | --- |
${problemRows()}

</details>`;

/** What whoever opens Swagger should know first, in CommonMark. */
export function apiGuide(hasOperator: boolean): string {
  return [forEverybody, ...(hasOperator ? [forOperators] : []), errors].join('\n\n');
}

/** The groups of operations, in the order in which they are needed. */
export function apiTags(hasOperator: boolean): Array<[name: string, description: string]> {
  return [
    ['registration', 'An account, and a code by mail'],
    ['activation', 'The code makes the account active'],
    ['users', 'Whoever the credentials belong to'],
    ...(hasOperator ? adminTags : []),
    ['operations', 'For machines: probes and metrics'],
    ['problems', 'What the errors mean'],
  ];
}

const adminTags: Array<[name: string, description: string]> = [
  ['admin: users', 'Look at people, erase them, mail them another code'],
  ['admin: mails', 'What became of the mails, and dead letters'],
];

/** Whose name and password each kind of HTTP Basic takes. */
export function basicSchemes(hasOperator: boolean): Record<string, string> {
  return {
    account: 'E-mail address and password of a person who registered, for `/v1/activation` and `/v1/users`',
    ...(hasOperator
      ? { operator: 'ADMIN_USERNAME and ADMIN_PASSWORD of the settings, for `/v1/admin`' }
      : {}),
  };
}

function problemRows(): string {
  return Object.entries(problems)
    .map(([slug, { status, explanation }]) => `| ${status} | [${slug}](/problems/${slug}) | ${explanation} |`)
    .join('\n');
}
