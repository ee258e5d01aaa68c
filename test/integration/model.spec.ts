import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assert, asyncModelRun, asyncProperty, commands } from 'fast-check';
import { newEmail } from '../support/client.js';
import { type Model, PersonModel } from '../support/model.js';
import { PEOPLE, commandsFor, mend } from '../support/model-commands.js';
import { ModelWorld } from '../support/model-world.js';
import { describeWithRedis } from '../support/redis.js';

// A few seconds as part of `npm test`. For a long one:
//   MODEL_RUNS=60 MODEL_COMMANDS=30 npm run jest -- test/integration/model
// A failure prints its seed; MODEL_SEED=… repeats it.
const seed = Number(process.env['MODEL_SEED'] ?? randomInt(2 ** 31));
const numRuns = Number(process.env['MODEL_RUNS'] ?? 5);
const maxCommands = Number(process.env['MODEL_COMMANDS'] ?? 15);

const TIMEOUT_MS = 30_000 + numRuns * maxCommands * 1_000;

/** Whatever people and machines do, in whatever order, is answered as test/support/model.ts says. */
function behavesLikeItsModel(withRedis: boolean): void {
  let world: ModelWorld;

  beforeAll(async () => {
    world = await ModelWorld.start({ withRedis });
  });

  afterAll(() => world.stop());

  it(
    `answers like its model, whatever happens (MODEL_SEED=${seed})`,
    async () => {
      let runs = 0;
      const sequences = commands(commandsFor(world), { maxCommands, size: 'max' });
      await assert(
        asyncProperty(sequences, async (sequence) => {
          const people = Array.from({ length: PEOPLE }, () => new PersonModel(newEmail()));
          const model: Model = { people, smtp: true, redis: true };
          try {
            await asyncModelRun(() => ({ model, real: world }), sequence);
          } finally {
            await mend(model, world);
          }
          runs += 1;
        }),
        { seed, numRuns, interruptAfterTimeLimit: TIMEOUT_MS - 20_000, markInterruptAsFailure: true },
      );
      expect(runs).toBe(numRuns);
    },
    TIMEOUT_MS,
  );
}

describe('the service, queue on PostgreSQL', () => {
  behavesLikeItsModel(false);
});

describeWithRedis('the service, queue on Redis', () => {
  behavesLikeItsModel(true);
});
