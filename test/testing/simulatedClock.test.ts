import { expect, test } from 'vitest';
import { seededRandom, SimulatedClock } from '../../src/testing/index.ts';

test('timers fire in the order in which they fall due, each at its own moment', () => {
  const clock = new SimulatedClock(1_000);
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, clock.now()]);
  clock.setTimeout(note('third'), 20);
  clock.setTimeout(note('first'), 10);
  clock.setTimeout(note('second'), 10);
  clock.clearTimeout(clock.setTimeout(note('never'), 5));

  clock.advance(25);

  expect(fired).toEqual([
    ['first', 1_010],
    ['second', 1_010],
    ['third', 1_020],
  ]);
  expect(clock.now()).toBe(1_025);
  expect(clock.pending).toBe(0);
});

test('a timer set by a timer fires on the way, where it falls due', () => {
  const clock = new SimulatedClock();
  const fired: number[] = [];
  const tick = (): void => {
    fired.push(clock.now());
    clock.setTimeout(tick, 10);
  };
  clock.setTimeout(tick, 10);
  clock.advance(35);
  expect(fired).toEqual([10, 20, 30]);
});

test('thousands of timers, set and cleared in any order, fire in that of their moments', () => {
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const expected: { readonly dueAt: number; readonly nth: number }[] = [];
  const fired: number[] = [];
  for (let nth = 0; nth < 2_000; nth++) {
    const dueAt = Math.floor(random() * 500);
    const id = clock.setTimeout(() => fired.push(nth), dueAt);
    if (random() < 0.3) clock.clearTimeout(id);
    else expected.push({ dueAt, nth });
  }
  expect(clock.pending).toBe(expected.length);

  clock.advance(500);

  const inOrder = expected.sort((one, other) => one.dueAt - other.dueAt || one.nth - other.nth);
  expect(fired).toEqual(inOrder.map(({ nth }) => nth));
});

test.each([
  [undefined, 0],
  [NaN, 0],
  [-5, 0],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31, 1],
  [Infinity, 1],
])('a delay of %d ms is one of %d ms, as on real platforms', (asked, meant) => {
  const clock = new SimulatedClock();
  const fired: number[] = [];
  clock.setTimeout(() => fired.push(clock.now()), asked);
  clock.advance(2 ** 31);
  expect(fired).toEqual([meant]);
});

test('time does not go back where a timer itself lets time pass', () => {
  const clock = new SimulatedClock();
  clock.setTimeout(() => clock.advance(100), 10);
  clock.advance(20);
  expect(clock.now()).toBe(110);
});

test('advanceAsync lets promises have their turn between timers', async () => {
  const clock = new SimulatedClock();
  const fired: number[] = [];
  clock.setTimeout(() => {
    void Promise.resolve().then(() => clock.setTimeout(() => fired.push(clock.now()), 5));
  }, 10);
  await clock.advanceAsync(15);
  expect(fired).toEqual([15]);
});

test.each([-1, NaN, Infinity])('time cannot pass by %d ms', (ms) => {
  expect(() => new SimulatedClock().advance(ms)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
});

test('the same seed gives the same numbers, all at least 0 and below 1', () => {
  const draw = (seed: number) => Array.from({ length: 1_000 }, seededRandom(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
  expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true);
  const tenths = new Set(draw(7).map((number) => Math.floor(number * 10)));
  expect(tenths.size).toBe(10);
});
