import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { IMAGE_NODE } from '../../bench/parts/image.mjs';
import { median } from '../../bench/parts/statistics.mjs';
import { type TestDatabase, createDatabase } from '../support/databases.js';
import { askOn, newAgent } from '../support/keep-alive.js';
import { metric } from '../support/metrics.js';
import { type ServiceProcess, answering, startProcess } from '../support/process.js';

const ROUNDS = 9;
const REQUESTS = 500;
const AT_ONCE = 5;

/** When the request itself stays it is 11 KiB, else little more than one. */
const MOST_KIB = 5;

let database: TestDatabase;
let service: ServiceProcess;

beforeAll(async () => {
  database = await createDatabase();
  service = await startProcess({ DATABASE_URL: database.url, ...IMAGE_NODE });
  await answering(service);
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

const oldGenerationKib = async () =>
  (await metric(service, 'nodejs_heap_space_size_used_bytes', { space: 'old' })) / 1024;

// The median of the rounds: in one or another the old generation is collected.
it('a request that is over leaves next to nothing to the old generation', async () => {
  const agent = newAgent(undefined, AT_ONCE);
  const asking = { url: `${service.url}/health/live` };
  const sizes: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    for (let asked = 0; asked < REQUESTS; asked += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => askOn(agent, asking)));
    sizes.push(await oldGenerationKib());
  }
  agent.destroy();
  const growths = sizes.slice(1).map((size, round) => (size - sizes[round]!) / REQUESTS);
  expect(sizes.every((size) => size > 0)).toBe(true);
  expect(median(growths)).toBeLessThan(MOST_KIB);
});
