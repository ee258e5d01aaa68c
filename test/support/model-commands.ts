import { expect } from '@jest/globals';
import { type Arbitrary, type AsyncCommand, constant, constantFrom, nat, tuple } from 'fast-check';
import { type Answer, activate, register, resend, whoAmI } from './client.js';
import type { Expected, Model, PersonModel } from './model.js';
import type { ModelWorld } from './model-world.js';
import { letPass, storedPerson } from './person.js';
import { anotherCode } from './service.js';

export const PEOPLE = 2;

type Command = AsyncCommand<Model, ModelWorld>;

const passwords = ['the first of two passwords', 'another one altogether'];

/** A command that can be printed, so that a failing sequence can be read. */
function command(
  name: string,
  run: (model: Model, world: ModelWorld) => Promise<void>,
  check: (model: Readonly<Model>) => boolean = () => true,
): Command {
  return { check, toString: () => name, run };
}

/** Asks as a person does; afterwards the answer and the stored account are what the model says. */
function asking(
  name: string,
  index: number,
  ask: (person: PersonModel, world: ModelWorld) => Promise<[Answer, Expected]>,
): Command {
  return command(`${name} of ${index}`, async (model, world) => {
    const person = model.people[index]!;
    const [answer, expected] = await ask(person, world);
    expect(told(answer)).toMatchObject(expected);
    await world.settle(model);
    await isStored(person, world);
  });
}

function told({ status, body }: Answer): Expected {
  return {
    status,
    slug: String(body['type'] ?? '').replace('/problems/', ''),
    remaining: body['remaining_attempts'],
  };
}

/** Never active without the model's consent, and no mail more or less. */
async function isStored(person: PersonModel, world: ModelWorld): Promise<void> {
  const stored = await storedPerson(world.database, person.email);
  const state = stored === undefined ? 'unknown' : stored.activated_at === null ? 'pending' : 'active';
  expect(state).toBe(person.state);
  expect(world.mailsTo(person.email)).toHaveLength(person.delivered.length);
}

/** The digits that somebody types. */
function digitsFor(person: PersonModel, kind: 'right' | 'wrong' | 'old'): string {
  const { code = '000000', delivered } = person;
  if (kind === 'right') return code;
  const old = delivered.find((digits) => digits !== code);
  return kind === 'old' && old !== undefined ? old : anotherCode(code);
}

const who = nat(PEOPLE - 1);
const where = nat(1);
const password = constantFrom(...passwords);

const registration = tuple(who, where, password).map(([index, at, word]) =>
  asking(`register (${word})`, index, async (person, world) => [
    await register(world.url(at), person.email, word),
    person.register(word, Date.now()),
  ]),
);

const newCode = tuple(who, where, password).map(([index, at, word]) =>
  asking(`resend (${word})`, index, async (person, world) => [
    await resend(world.url(at), person.email, word),
    person.resend(word, Date.now()),
  ]),
);

const activation = tuple(
  who,
  where,
  password,
  constantFrom('right' as const, 'wrong' as const, 'old' as const),
).map(([index, at, word, kind]) =>
  asking(`activate (${word}, ${kind} code)`, index, async (person, world) => {
    const digits = digitsFor(person, kind);
    return [
      await activate(world.url(at), person.email, digits, word),
      person.activate(word, digits, Date.now()),
    ];
  }),
);

const signIn = tuple(who, where, password).map(([index, at, word]) =>
  asking(`sign in (${word})`, index, async (person, world) => [
    await whoAmI(world.url(at), person.email, word),
    person.signIn(word),
  ]),
);

/** Just past the cooldown, the life of a code, an hour and a day; not while a code's life begins anew anyway. */
const ageing = tuple(who, constantFrom(61, 601, 3_601, 86_401)).map(([index, seconds]) =>
  command(
    `${seconds} s pass for ${index}`,
    async (model, world) => {
      const person = model.people[index]!;
      person.age(seconds * 1_000);
      await letPass(world.database, person.email, seconds);
    },
    (model) => !model.people[index]!.owed,
  ),
);

const restart = where.map((index) =>
  command(`replica ${index} is replaced`, (_model, world) => world.restart(index)),
);

const smtpDown = constant(
  command(
    'SMTP goes',
    async (model, world) => {
      model.smtp = false;
      await world.smtp.stop();
    },
    (model) => model.smtp,
  ),
);

const smtpUp = constant(
  command(
    'SMTP comes',
    async (model, world) => {
      model.smtp = true;
      await world.smtp.start();
      await world.settle(model);
    },
    (model) => !model.smtp,
  ),
);

const redisDown = constant(
  command(
    'Redis is killed',
    async (model, world) => {
      model.redis = false;
      await world.redis!.kill();
    },
    (model) => model.redis,
  ),
);

const redisUp = constant(
  command(
    'Redis comes back empty',
    async (model, world) => {
      model.redis = true;
      await world.redis!.start();
      await world.settle(model);
    },
    (model) => !model.redis,
  ),
);

/** What may happen; what people do is likelier than what breaks. */
export function commandsFor({ redis }: ModelWorld): Array<Arbitrary<Command>> {
  const people = [registration, newCode, activation, activation, ageing, ageing, signIn];
  const trouble = [restart, smtpDown, smtpUp, ...(redis === undefined ? [] : [redisDown, redisUp])];
  return [...people, ...people, ...people, ...trouble];
}

/** After a run everything is there again, and every mail comes. */
export async function mend(model: Model, world: ModelWorld): Promise<void> {
  if (!model.smtp) await world.smtp.start();
  if (!model.redis) await world.redis!.start();
  Object.assign(model, { smtp: true, redis: true });
  await world.settle(model);
}
