// What the image gives each process beside its settings: the benchmark and the tests that look at memory give it, too.
import { readFileSync } from 'node:fs';

const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');

/** The image's variables that Node reads. */
export const IMAGE_NODE = Object.fromEntries(
  ['NODE_OPTIONS', 'UV_THREADPOOL_SIZE'].map((name) => [name, valueOf(name)]),
);

/**
 * @param {string} name
 * @returns {string}
 */
function valueOf(name) {
  const value = new RegExp(`\\b${name}="?(.+?)"? \\\\$`, 'm').exec(dockerfile)?.[1];
  if (value === undefined) throw new Error(`the Dockerfile sets no ${name}`);
  return value;
}
