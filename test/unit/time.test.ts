import { describe, expect, test, vi } from 'vitest';
import { platformClock, Time } from '../../src/client/time.ts';

const HOUR_MS = 3_600_000;

/** A monotonic clock and a wall clock that the test sets. */
function twoClocks() {
  const clocks = { awakeMs: 1_000 as unknown, wallMs: 1_800_000_000_000 as unknown };
  const time = new Time(
    () => clocks.awakeMs,
    () => clocks.wallMs,
  );
  const passes = (ms: number): void => {
    clocks.awakeMs = (clocks.awakeMs as number) + ms;
    clocks.wallMs = (clocks.wallMs as number) + ms;
  };
  const wallIsSet = (byMs: number): void => {
    clocks.wallMs = (clocks.wallMs as number) + byMs;
  };
  time.now();
  return { time, clocks, passes, wallIsSet, sleeps: wallIsSet };
}

describe('the time of a connection', () => {
  test('counts what the machine slept, also where that was short', () => {
    const { time, passes, sleeps } = twoClocks();
    sleeps(HOUR_MS);
    expect(time.now()).toBe(1_000 + HOUR_MS);
    passes(500);
    sleeps(2_000);
    expect(time.now()).toBe(1_000 + HOUR_MS + 2_500);
    expect(time.awake()).toBe(1_500);
  });

  test('does not go back where the wall clock is set back, and counts the next sleep in full', () => {
    const { time, passes, sleeps, wallIsSet } = twoClocks();
    wallIsSet(-HOUR_MS);
    expect(time.now()).toBe(1_000);
    passes(10);
    sleeps(60_000);
    expect(time.now()).toBe(61_010);
  });

  test('counts a wall clock that is set forward as time that has passed, once', () => {
    const { time, wallIsSet } = twoClocks();
    wallIsSet(HOUR_MS);
    expect(time.now()).toBe(1_000 + HOUR_MS);
    wallIsSet(-HOUR_MS);
    expect(time.now()).toBe(1_000 + HOUR_MS);
  });

  test('takes no notice of what two readings differ by', () => {
    const { time, wallIsSet } = twoClocks();
    for (let k = 0; k < 1_000; k++) {
      wallIsSet(k % 2 === 0 ? 900 : -900);
      time.now();
    }
    expect(time.now()).toBe(1_000);
  });

  test('follows a wall clock that gains slowly', () => {
    const { time, wallIsSet } = twoClocks();
    for (let k = 0; k < 100; k++) {
      wallIsSet(100);
      time.now();
    }
    expect(time.now()).toBeGreaterThanOrEqual(1_000 + 9_000);
    expect(time.now()).toBeLessThanOrEqual(1_000 + 10_000);
  });

  test('goes on from where it was where its clock is put back or replaced', () => {
    const { time, clocks, passes } = twoClocks();
    passes(5_000);
    time.now();
    clocks.awakeMs = 0;
    expect(time.now()).toBe(6_000);
    clocks.awakeMs = 10;
    expect([time.now(), time.awake()]).toEqual([6_010, 6_010]);
  });

  test.each([Number.NaN, Infinity, undefined, null, '1', () => 5])(
    'stands still while its clock says %s',
    (nonsense) => {
      const { time, clocks } = twoClocks();
      clocks.awakeMs = nonsense;
      clocks.wallMs = nonsense;
      expect([time.now(), time.awake(), time.look()]).toEqual([1_000, 1_000, false]);
      expect([
        new Time(() => nonsense, undefined).now(),
        new Time(
          () => nonsense,
          () => nonsense,
        ).now(),
      ]).toEqual([0, 0]);
      Object.assign(clocks, { awakeMs: 1_250, wallMs: 1_800_000_000_250 });
      expect([time.now(), time.awake(), time.look()]).toEqual([1_250, 1_250, false]);
    },
  );
});

describe("the platform's clock", () => {
  const WALL_MS = 1_800_000_000_000;
  const onPlatform = (performance: unknown): (() => number) => {
    vi.spyOn(Date, 'now').mockReturnValue(WALL_MS);
    vi.stubGlobal('performance', performance);
    return platformClock();
  };

  test('is timeOrigin and now() where both are numbers', () => {
    const now = onPlatform({ timeOrigin: 1_700_000_000_000, now: () => 20 });
    expect(now()).toBe(1_700_000_000_020);
  });

  test.each([
    ['has no timeOrigin, as in React Native before 0.82', {}],
    ['has NaN for it', { timeOrigin: Number.NaN }],
    ['has a string for it', { timeOrigin: '1700000000000' }],
    ['has a function for it, as under fake timers', { timeOrigin: () => undefined }],
  ])('counts from the first reading where the platform %s', (_, performance) => {
    let sinceMs = 20;
    const now = onPlatform({ ...performance, now: () => sinceMs });
    expect(now()).toBe(WALL_MS);
    sinceMs = 1_020;
    expect(now()).toBe(WALL_MS + 1_000);
  });

  test('is the wall clock where performance.now() is that', () => {
    const now = onPlatform({ now: () => WALL_MS });
    expect(now()).toBe(WALL_MS);
  });

  test.each([
    ['there is no performance', undefined],
    ['it has no now()', { timeOrigin: 1 }],
    ['its now() gives nothing, as under fake timers', { timeOrigin: 1, now: () => undefined }],
    ['its now() gives NaN', { timeOrigin: 1, now: () => Number.NaN }],
    ['its now() gives a string', { timeOrigin: 1, now: () => '20' }],
  ])('is the wall clock where %s', (_, performance) => {
    expect(onPlatform(performance)()).toBe(WALL_MS);
  });
});
