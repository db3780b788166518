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
