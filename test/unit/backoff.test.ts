import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { backoffDelay, clampDelay, MAX_DELAY_MS } from '../../machines/backoff.ts';
import { chartSettings } from '../../machines/connection.facts.ts';
import { createConnectionChart } from '../../machines/connection.machine.ts';
import type { ChartInput, ConnectionEvent, RetryOptions } from '../../machines/connection.types.ts';

const jitter = fc.constantFrom('full', 'equal', 'none');
const delay = fc.oneof(fc.integer({ min: 1, max: 120_000 }), fc.integer({ min: 1, max: MAX_DELAY_MS }));
type Retry = { [K in keyof RetryOptions]-?: NonNullable<RetryOptions[K]> };
const retry: fc.Arbitrary<Retry> = fc
  .record({ baseMs: delay, above: fc.oneof(fc.nat({ max: 100_000 }), fc.nat({ max: MAX_DELAY_MS })), jitter })
  .map(({ baseMs, above, jitter }) => {
    const capMs = Math.min(baseMs + above, MAX_DELAY_MS);
    return { baseMs, capMs, hintCapMs: 300_000, jitter, maxAttempts: Infinity };
  });
const attempt = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1_000_000 }));
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const factor = fc.constantFrom(1, 5);

/** What the delay is a part of: it doubles with each attempt up to the cap; no timer takes more than 2³¹−1 ms. */
const rangeOf = ({ baseMs, capMs }: Retry, attempt: number, factor: number): number =>
  Math.min(baseMs * 2 ** (attempt - 1) * factor, capMs);

describe('a retry delay', () => {
  test("lies in 0 … range with 'full', in its upper half with 'equal', and is the range with 'none'", () => {
    fc.assert(
      fc.property(retry, attempt, unit, factor, (retry, attempt, unit, factor) => {
        const delayMs = backoffDelay(chartSettings({ retry }), attempt, unit, factor);
        const range = rangeOf(retry, attempt, factor);
        const lowest = { full: 0, equal: range / 2, none: range }[retry.jitter];
        expect(delayMs).toBeGreaterThanOrEqual(Math.min(lowest, MAX_DELAY_MS));
        expect(delayMs).toBeLessThanOrEqual(Math.min(range, MAX_DELAY_MS));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['full', 'equal'] as const)("reaches both ends of what '%s' allows", (jitter) => {
    const settings = chartSettings({ retry: { baseMs: 1_000, jitter } });
    expect(backoffDelay(settings, 1, 0)).toBe(jitter === 'full' ? 0 : 500);
    expect(backoffDelay(settings, 1, 0.999)).toBeGreaterThan(990);
  });

  test('never passes the cap, however many attempts there were and however busy the server is', () => {
    fc.assert(
      fc.property(retry, attempt, unit, factor, (retry, attempt, unit, factor) => {
        expect(backoffDelay(chartSettings({ retry }), attempt, unit, factor)).toBeLessThanOrEqual(retry.capMs);
      }),
    );
  });

  test('doubles from 1 s up to 30 s by default', () => {
    const settings = chartSettings({ retry: { jitter: 'none' } });
    const delays = [1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => backoffDelay(settings, attempt, 0));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('is one that a timer can take, whatever it is made from', () => {
    expect(MAX_DELAY_MS).toBe(2 ** 31 - 1);
    expect([Infinity, 2 ** 31, -1, NaN, 0, 7].map(clampDelay)).toEqual([MAX_DELAY_MS, MAX_DELAY_MS, 0, 0, 0, 7]);
    const settings = chartSettings({ retry: { baseMs: MAX_DELAY_MS, capMs: MAX_DELAY_MS, jitter: 'none' } });
    expect(backoffDelay(settings, 3, 0, 5)).toBe(MAX_DELAY_MS);
  });
});

/** A generator that gives the same numbers at every run: Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The chart as a pure function, with a clock and a chance that the test holds. */
function chart(input: ChartInput, random: () => number) {
  const clock = { now: 0 };
  const machine = createConnectionChart<ChartInput>({
    settingsFrom: (given) => given,
    ports: { now: () => clock.now, awake: () => clock.now, random },
  });
  type Snapshot = ReturnType<typeof initialTransition<typeof machine>>[0];
  const [idle] = initialTransition(machine, input);
  const after = (snapshot: Snapshot, ...events: readonly ConnectionEvent[]): Snapshot =>
    events.reduce((now, event) => transition(machine, now, event)[0], snapshot);
  /** The running attempt fails: the next one is planned. */
  const failed = (snapshot: Snapshot): Snapshot =>
    after(snapshot, { type: 'transport.rejected', token: snapshot.context.token });
  /** An attempt that runs, the nth after the first dial. */
  const attempting = (attempt: number): Snapshot => {
    let snapshot = after(idle, { type: 'client.connect' });
    while (snapshot.context.attempt < attempt) snapshot = after(failed(snapshot), { type: 'client.connect' });
    return snapshot;
  };
  return { clock, after, failed, attempting };
}

const CLIENTS = 1_000;
const SLOTS = 20;
/** By chance alone the fullest slot gets up to 1.4 times its share. */
const CROWD = 1.6;

/** That they come evenly over 0 … range, and no two of them at the same moment. */
function expectSpread(delays: readonly number[], range: number): void {
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThan(range);
  const slots = new Array<number>(SLOTS).fill(0);
  for (const delayMs of delays) {
    const slot = Math.floor((delayMs / range) * SLOTS);
    slots[slot] = (slots[slot] ?? 0) + 1;
  }
  expect((Math.max(...slots) * SLOTS) / delays.length, 'how many times its share the fullest slot has').toBeLessThan(
    CROWD,
  );
  expect(new Set(delays).size, 'moments of their own').toBe(delays.length);
}

describe.each([1, 2, 3, 4, 5, 6])('of 1,000 clients that all lost the same server, at attempt %i', (attempt) => {
  const random = seeded(attempt);
  const { after, failed, attempting } = chart({}, random);
  const running = attempting(attempt - 1);
  const waiting = Array.from({ length: CLIENTS }, () => failed(running));

  test('they are spread over the whole range, no two at the same moment', () => {
    expect(waiting.every(({ context }) => context.attempt === attempt)).toBe(true);
    const range = Math.min(1_000 * 2 ** (attempt - 1), 30_000);
    const delays = waiting.map(({ context }) => context.retryDelayMs);
    expectSpread(delays, range);
  });

  test('nor of the first second, after a network that came back has made them hurry', () => {
    const hurried = waiting.map((snapshot) => after(snapshot, { type: 'network.online' }));
    const delays = hurried.map(({ context }) => context.retryDelayMs);
    expectSpread(delays, 1_000);
    const isLater = hurried.some(({ context }, i) => context.retryAt > (waiting[i]?.context.retryAt ?? 0));
    expect(isLater, 'none comes later than planned').toBe(false);
  });
});

describe('a hurried retry', () => {
  const settingsAndChance = fc.record({
    retry,
    attempt: fc.integer({ min: 1, max: 6 }),
    seed: fc.integer(),
    waitedPart: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });

  test('is due within baseMs, and not later than planned, whatever the settings', () => {
    fc.assert(
      fc.property(settingsAndChance, ({ retry, attempt, seed, waitedPart }) => {
        const { clock, after, failed, attempting } = chart({ retry }, seeded(seed));
        const planned = failed(attempting(attempt - 1));
        clock.now = Math.floor(planned.context.retryAt * waitedPart);
        const { context } = after(planned, { type: 'network.online' });
        expect(context.retryAt).toBeLessThanOrEqual(planned.context.retryAt);
        expect(context.retryAt).toBeGreaterThanOrEqual(clock.now);
        expect(context.retryDelayMs).toBeLessThanOrEqual(retry.baseMs);
        expect(context.retryDelayMs).toBeCloseTo(context.retryAt - clock.now, 3);
      }),
    );
  });

  test.each(['page.resumed', 'clock.jumped'] as const)(
    'is the same after %s as after a network that came back',
    (type) => {
      const { after, failed, attempting } = chart({}, () => 0.75);
      const waiting = failed(attempting(4));
      const hurried = after(waiting, { type }).context;
      expect(hurried.retryDelayMs).toBe(750);
      expect(hurried.retryAt).toBe(after(waiting, { type: 'network.online' }).context.retryAt);
    },
  );

  test('is spread over the first second, too, when the wait was over while the network was away', () => {
    const { after, failed, attempting, clock } = chart({}, seeded(8));
    const offline = after(failed(attempting(5)), { type: 'network.offline' });
    clock.now = 31_000;
    const delays = Array.from(
      { length: CLIENTS },
      () => after(offline, { type: 'network.online' }).context.retryDelayMs,
    );
    expectSpread(delays, 1_000);
  });

  test('is hurried once: a network that flaps does not draw again until a lucky number comes', () => {
    const { after, failed, attempting } = chart({}, seeded(1));
    const once = after(failed(attempting(4)), { type: 'network.online' });
    const often = after(once, { type: 'network.online' }, { type: 'page.resumed' }, { type: 'clock.jumped' });
    expect(often.context.retryAt).toBe(once.context.retryAt);
  });

  test('is never earlier than a server asked for, and 1,000 who were asked alike do not come in one tick', () => {
    const { after, attempting, clock } = chart({}, seeded(7));
    const dialled = attempting(0);
    const handshaking = after(dialled, { type: 'transport.resolved', token: dialled.context.token });
    const hurried = Array.from({ length: CLIENTS }, () => {
      clock.now = 0;
      const told = after(
        handshaking,
        { type: 'socket.opened', protocol: '', greets: false, heartbeat: false },
        {
          type: 'socket.closed',
          close: { code: 1012, reason: 'retry-after=8000', wasClean: true },
          verdict: 'retry',
          retryAfterMs: 8_000,
        },
      );
      clock.now = 100;
      return after(told, { type: 'network.online' }).context.retryAt;
    });
    expectSpread(
      hurried.map((at) => at - 8_000),
      1_000,
    );
  });
});
