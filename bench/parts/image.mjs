// What the image gives each process beside its settings: the benchmark and the tests that look at memory give it, too.
import { readFileSync } from 'node:fs';

const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');

const found = /NODE_OPTIONS="(.+)"/.exec(dockerfile)?.[1];
if (found === undefined) throw new Error('the Dockerfile sets no NODE_OPTIONS');

/** The image's options of Node. */
export const IMAGE_NODE_OPTIONS = found;
