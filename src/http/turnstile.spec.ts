import { expect, it } from '@jest/globals';
import { Overloaded } from '../common/domain-error.js';
import { eventually } from '../../test/support/eventually.js';
import { Turnstile } from './turnstile.js';

/** Somebody at a turnstile. */
interface Visit {
  isInside: boolean;
  leave: () => void;
  over: Promise<void>;
}

/** Until when nobody here gives up. */
const late = () => performance.now() + 60_000;

function visit(turnstile: Turnstile, room: () => Promise<number>, until = late()): Visit {
  let leave: () => void;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const visitor: Visit = { isInside: false, leave: leave!, over: Promise.resolve() };
  visitor.over = turnstile.through(room, until, () => {
    visitor.isInside = true;
    return left;
  });
  return visitor;
}

const one = async () => 1;

/** Everything that needs no more than microtasks has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const insideOf = (visits: Visit[]) => visits.map(({ isInside }) => isInside);

it('lets in as many as there is room for, and then one for each that leaves, in their order', async () => {
  const turnstile = new Turnstile();
  const visits = Array.from({ length: 4 }, () => visit(turnstile, async () => 2));
  await settled();
  expect(insideOf(visits)).toEqual([true, true, false, false]);
  visits[1]!.leave();
  await settled();
  expect(insideOf(visits)).toEqual([true, true, true, false]);
  for (const { leave } of visits) leave();
  await Promise.all(visits.map(({ over }) => over));
  expect(insideOf(visits)).toEqual([true, true, true, true]);
  expect(turnstile.isIdle).toBe(true);
});

it('hears who leaves while it asks for the room', async () => {
  const turnstile = new Turnstile();
  const first = visit(turnstile, one);
  await settled();
  const asked: number[] = [];
  const second = visit(turnstile, async () => {
    asked.push(asked.length);
    if (asked.length === 1) {
      first.leave();
      await first.over;
    }
    return 1;
  });
  await settled();
  expect([second.isInside, asked.length]).toEqual([true, 2]);
  second.leave();
  await second.over;
});

it('who is turned away keeps nobody out', async () => {
  const turnstile = new Turnstile();
  const refused = visit(turnstile, () => Promise.reject(new Error('no more')));
  const next = visit(turnstile, one);
  await expect(refused.over).rejects.toThrow('no more');
  await settled();
  expect([refused.isInside, next.isInside]).toEqual([false, true]);
  next.leave();
  await next.over;
  expect(turnstile.isIdle).toBe(true);
});

it('work that fails has left, too', async () => {
  const turnstile = new Turnstile();
  await expect(turnstile.through(one, late(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turnstile.through(one, late(), async () => 'in')).toBe('in');
});

it('who waits too long is told so, and gives up the place in the line', async () => {
  const turnstile = new Turnstile();
  const first = visit(turnstile, one);
  await settled();
  const soon = performance.now() + 200;
  const tooLate = [visit(turnstile, one, soon), visit(turnstile, one, soon)];
  for (const { over } of tooLate) await expect(over).rejects.toThrow(Overloaded);
  const last = visit(turnstile, one);
  first.leave();
  await eventually(() => last.isInside);
  expect(insideOf(tooLate)).toEqual([false, false]);
  last.leave();
  await last.over;
  expect(turnstile.isIdle).toBe(true);
});
