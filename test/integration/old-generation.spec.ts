import { expect, it } from '@jest/globals';
import { IMAGE_NODE } from '../../bench/parts/image.mjs';
import { median } from '../../bench/parts/statistics.mjs';
import { useCleanup } from '../support/cleanup.js';
import { createDatabase } from '../support/databases.js';
import { askOn, newAgent } from '../support/keep-alive.js';
import { metric } from '../support/metrics.js';
import { type ServiceProcess, answering, startProcess } from '../support/process.js';

/** V8 decides once in a process what it takes for long-lived: in one of some forty, requests were. */
const PROCESSES = 3;
const ROUNDS = 9;
const REQUESTS = 500;
const AT_ONCE = 5;

/** When the request itself stays it is 11 KiB, else little more than one. */
const MOST_KIB = 5;

const cleanup = useCleanup();

const oldGenerationKib = async (service: ServiceProcess) =>
  (await metric(service, 'nodejs_heap_space_size_used_bytes', { space: 'old' })) / 1024;

/** What a request leaves. The median of the rounds: in one or another the old generation is collected. */
async function leftByRequest(service: ServiceProcess): Promise<number> {
  const agent = newAgent(undefined, AT_ONCE);
  const asking = { url: `${service.url}/health/live` };
  const sizes: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    for (let asked = 0; asked < REQUESTS; asked += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => askOn(agent, asking)));
    sizes.push(await oldGenerationKib(service));
  }
  agent.destroy();
  expect(sizes.every((size) => size > 0)).toBe(true);
  return median(sizes.slice(1).map((size, round) => (size - sizes[round]!) / REQUESTS));
}

it('a request that is over leaves next to nothing to the old generation', async () => {
  const database = await createDatabase();
  cleanup({ stop: () => database.drop() });
  const left: number[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const service = cleanup(await startProcess({ DATABASE_URL: database.url, ...IMAGE_NODE }));
    await answering(service);
    left.push(await leftByRequest(service));
    await service.stop();
  }
  expect(median(left)).toBeLessThan(MOST_KIB);
});
