// Whether the chart knows every setting that the service reads, and no other: src/config/environment.ts is the truth.
import { readFileSync } from 'node:fs';

/** Given by the chart itself; migrations and the pods' place in the network decide them. */
const FIXED = ['NODE_ENV', 'HOST', 'PORT', 'ROLE', 'TLS_CERT_FILE', 'TLS_KEY_FILE'];

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const source = read('../../src/config/environment.ts');
const { properties } = JSON.parse(read('../helm/registration-api/values.schema.json'));

const known = new Set([
  ...FIXED,
  ...Object.keys(properties.secrets.properties.keys.properties),
  ...Object.keys(properties.settings.properties),
]);
const real = new Set([...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+)[?!]?(?::| =)/gm)].map((match) => match[1]));

const faults = [
  ...[...real].filter((name) => !known.has(name)).map((name) => `the chart does not know ${name}`),
  ...[...known].filter((name) => !real.has(name)).map((name) => `the service does not know ${name}`),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${real.size} settings: the service and the chart agree`);
