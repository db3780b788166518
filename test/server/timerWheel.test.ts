import { describe, expect, test } from 'vitest';
import type { Scheduler } from '../../src/server/scheduler.ts';
import { TimerWheel } from '../../src/server/timerWheel.ts';

const STEP_MS = 250;

/** A wheel whose timers the test fires, one at a time: one that spins stands still here. */
function wheelOf({ stepMs = STEP_MS, nowMs = 0 } = {}) {
  const timers: { readonly callback: () => void; readonly delayMs: number }[] = [];
  const scheduler: Scheduler = {
    now: () => nowMs,
    date: () => nowMs,
    setTimeout: (callback, delayMs) => {
      const timer = { callback, delayMs };
      timers.push(timer);
      return timer;
    },
    clearTimeout: (id) => {
      const at = timers.findIndex((timer) => timer === id);
      if (at >= 0) timers.splice(at, 1);
    },
    soon: (callback) => callback(),
  };
  const wheel = new TimerWheel(scheduler, stepMs);
  const visits: [name: string, nowMs: number][] = [];
  return {
    wheel,
    visits,
    timers,
    /** Something that is visited, and then wants to be visited so much later; undefined: never again. */
    item: (name: string, everyMs?: number) => ({
      visit: (atMs: number) => {
        visits.push([name, atMs]);
        return everyMs === undefined ? undefined : atMs + everyMs;
      },
    }),
    /** Fires the only timer there is; it is late by so much. Gives its delay. Unit ms. */
    turn: (lateMs = 0): number => {
      const [timer, ...others] = timers.splice(0);
      if (timer === undefined || others.length > 0) throw new Error('a wheel that waits has one timer');
      nowMs += timer.delayMs + lateMs;
      timer.callback();
      return timer.delayMs;
    },
  };
}

describe('a timer wheel', () => {
  test.each([0, 1, 249, 250, 1_000])('turns at every multiple of its step, since %d ms as well', (sinceMs) => {
    const { wheel, item, turn } = wheelOf({ nowMs: sinceMs });
    wheel.set(item('a'), sinceMs + 10_000);
    expect([turn(), turn(), turn()]).toEqual([STEP_MS - (sinceMs % STEP_MS), STEP_MS, STEP_MS]);
  });

  test('visits at the moment or up to a step later, and again when it is told', () => {
    const { wheel, visits, item, turn } = wheelOf();
    wheel.set(item('at a step'), 500);
    wheel.set(item('behind it'), 501);
    wheel.set(item('again and again', 300), 100);
    for (let step = 0; step < 6; step++) turn();
    expect(visits).toEqual([
      ['again and again', 250],
      ['at a step', 500],
      ['behind it', 750],
      ['again and again', 750],
      ['again and again', 1_250],
    ]);
  });

  test('has one timer for all that wait, and none when nobody does', () => {
    const { wheel, timers, item, turn } = wheelOf();
    const [one, other] = [item('one'), item('other')];
    wheel.set(one, 100);
    wheel.set(other, 900);
    expect([wheel.size, timers.length]).toEqual([2, 1]);
    wheel.delete(other);
    turn();
    expect([wheel.size, timers.length]).toEqual([0, 0]);
    wheel.set(one, 900);
    wheel.delete(one);
    expect([wheel.size, timers.length]).toEqual([0, 0]);
  });

  test('visits nobody whose deadline was put off or taken away', () => {
    const { wheel, visits, item, turn } = wheelOf();
    const [later, never] = [item('later'), item('never')];
    wheel.set(later, 100);
    wheel.set(never, 100);
    wheel.set(later, 600);
    wheel.delete(never);
    for (let step = 0; step < 3; step++) turn();
    expect(visits).toEqual([['later', 750]]);
  });

  test('held up by more than a step, it lets what came meanwhile be read first, once', () => {
    const { wheel, visits, item, turn } = wheelOf();
    wheel.set(item('a'), 100);
    turn(STEP_MS + 1);
    expect(visits).toEqual([]);
    turn(STEP_MS + 1);
    expect(visits).toHaveLength(1);
  });

  test('held up by a step at most, it visits at once', () => {
    const { wheel, visits, item, turn } = wheelOf();
    wheel.set(item('a'), 100);
    turn(STEP_MS);
    expect(visits).toEqual([['a', 500]]);
  });
});
