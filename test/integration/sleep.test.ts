import { describe, expect, test, vi } from 'vitest';
import { createConnection, type ConnectionOptions } from '../../src/index.ts';
import { createFakePeer, SimulatedClock } from '../../src/testing/index.ts';

const HOUR_MS = 3_600_000;
const EPOCH = 1_800_000_000_000;

const nothing = (): void => undefined;

/** A connection on a clock that stands still while its machine sleeps, beside a wall clock that does not. */
function stage(options: Partial<ConnectionOptions<unknown, unknown>> = {}) {
  const clock = new SimulatedClock();
  const peer = createFakePeer({ hasPing: true });
  let sleptMs = 0;
  const connection = createConnection<unknown, unknown>('wss://shop.test/', {
    WebSocket: peer.WebSocket,
    clock,
    environment: { start: () => () => undefined, now: () => EPOCH + clock.now() + sleptMs },
    random: () => 0.5,
    ...options,
  });
  const dropped: string[] = [];
  connection.on('dropped', ({ outcome, reason }) => dropped.push(`${outcome}: ${reason}`));
  /** Nothing fires, and nothing is noticed before something happens. */
  const sleeps = (ms: number): void => void (sleptMs += ms);
  const wakes = (): void => connection.actor.send({ type: 'page.hidden' });
  const path = (): unknown => connection.getSnapshot().value;
  return { clock, peer, connection, dropped, sleeps, wakes, path };
}

describe('a message with a ttl', () => {
  test('is expired after an hour of sleep, and does not go out', () => {
    const { connection, peer, dropped, sleeps } = stage({ heartbeat: false });
    connection.connect();
    connection.send({ order: 1 }, { ttlMs: 5_000 });
    connection.send({ order: 2 });
    sleeps(HOUR_MS);
    peer.accept();
    expect([dropped, peer.received]).toEqual([['expired: ttl'], ['{"order":2}']]);
  });

  test('does not go out after a sleep too short to be noticed as a jump', () => {
    const { connection, peer, dropped, sleeps } = stage();
    connection.connect();
    connection.send({ order: 1 }, { ttlMs: 5_000 });
    sleeps(9_000);
    peer.accept();
    expect([dropped, peer.received]).toEqual([['expired: ttl'], []]);
  });

  test('is told to be expired as soon as the sleep is noticed, not when its timer fires', () => {
    const { connection, dropped, sleeps, wakes } = stage();
    connection.send({ order: 1 }, { ttlMs: 5_000 });
    sleeps(HOUR_MS);
    wakes();
    expect(dropped).toEqual(['expired: ttl']);
  });

  test('has its whole ttl where it is sent after the sleep, noticed or not', () => {
    const { connection, peer, dropped, sleeps } = stage();
    connection.connect();
    sleeps(HOUR_MS);
    connection.send({ order: 1 }, { ttlMs: 5_000 });
    peer.accept();
    peer.accept();
    expect([dropped, peer.received]).toEqual([[], ['{"order":1}']]);
  });

  test('keeps what is left of a longer ttl', () => {
    const { connection, dropped, sleeps, wakes, clock } = stage();
    connection.send({ order: 1 }, { ttlMs: 2 * HOUR_MS });
    sleeps(HOUR_MS);
    wakes();
    clock.advance(HOUR_MS - 1);
    expect(dropped).toEqual([]);
    clock.advance(1);
    expect(dropped).toEqual(['expired: ttl']);
  });

  test('is uncertain where it was on its way, unconfirmed, when the machine slept', () => {
    const { connection, peer, dropped, sleeps, wakes } = stage({ confirm: 'ping' });
    connection.connect();
    peer.accept();
    connection.send({ order: 1 }, { ttlMs: 5_000 });
    sleeps(HOUR_MS);
    wakes();
    expect(dropped).toEqual(['uncertain: ttl']);
  });
});

test('a message without a ttl outlives every sleep and every clock that is set', () => {
  const { connection, peer, dropped, sleeps, wakes } = stage();
  connection.send({ order: 1 });
  for (const ms of [HOUR_MS, 1_000 * HOUR_MS, -2_000 * HOUR_MS]) {
    sleeps(ms);
    wakes();
  }
  connection.connect();
  peer.accept();
  expect([dropped, peer.received]).toEqual([[], ['{"order":1}']]);
});

test('the moment at which a hub wants us back comes also while we sleep', () => {
  const retry = { hintCapMs: 2 * HOUR_MS };
  const { connection, peer, sleeps, wakes, clock, path } = stage({ heartbeat: false, retry });
  connection.connect();
  peer.accept();
  connection.actor.send({ type: 'hub.draining', retryAfterMs: 2 * HOUR_MS });
  sleeps(HOUR_MS);
  wakes();
  clock.advance(HOUR_MS - 1);
  expect(path()).toEqual({ open: 'quiet' });
  clock.advance(1);
  expect(path()).toEqual({ connecting: 'closing' });
  peer.close();
  expect(path()).toEqual({ connecting: 'handshaking' });
});

test('the deadlines of the peer stand still: it is asked anew, and has all its time to answer', () => {
  const { connection, peer, sleeps, wakes, clock, path } = stage();
  connection.connect();
  peer.accept();
  peer.pong();
  clock.advance(25_000);
  expect(path()).toEqual({ open: 'probing' });
  sleeps(HOUR_MS);
  wakes();
  clock.advance(2_499);
  expect(path()).toEqual({ open: 'probing' });
  peer.pong();
  peer.pong();
  expect(path()).toEqual({ open: 'quiet' });
  expect(connection.stats().roundTripMs).toBeLessThan(10_000);
});

test('a slept-through attempt does not take the time of its proof away', () => {
  const { connection, peer, sleeps, clock, path } = stage();
  connection.connect();
  peer.accept();
  peer.pong();
  peer.close(1006);
  clock.advance(1_000);
  sleeps(9_000);
  peer.accept();
  expect(path()).toEqual({ connecting: 'proving' });
  clock.advance(2_000);
  peer.pong();
  expect(path()).toMatchObject({ open: expect.anything() as unknown });
});

describe('on a platform whose performance is not what it should be', () => {
  test.each([
    ['timeOrigin is missing, as in React Native before 0.82', { now: () => 5 }],
    ['now() is Date.now, and timeOrigin is missing', { now: () => Date.now() }],
    ['all fields are functions that give nothing', { now: nothing, timeOrigin: nothing }],
    ['only now() is as it should be', { now: () => 5, timeOrigin: nothing }],
    ['timeOrigin is NaN', { now: () => 5, timeOrigin: Number.NaN }],
    ['now() gives NaN', { now: () => Number.NaN, timeOrigin: 5 }],
  ])('a held message without a ttl goes out where %s', (_, performance) => {
    vi.stubGlobal('performance', { mark: () => undefined, measure: () => undefined, ...performance });
    const peer = createFakePeer();
    const connection = createConnection<unknown, unknown>('wss://shop.test/', { WebSocket: peer.WebSocket });
    const dropped: unknown[] = [];
    connection.on('dropped', (drop) => dropped.push(drop));
    connection.send({ order: 1 });
    connection.send({ order: 2 }, { ttlMs: 60_000 });
    connection.connect();
    peer.accept();
    expect([dropped, peer.received]).toEqual([[], ['{"order":1}', '{"order":2}']]);
    expect(connection.now()).toSatisfy(Number.isFinite);
    for (const { at } of connection.history()) expect(at).toSatisfy(Number.isFinite);
    connection.dispose();
  });

  test('nothing expires where fake timers come and go', () => {
    const peer = createFakePeer();
    const connection = createConnection<unknown, unknown>('wss://shop.test/', { WebSocket: peer.WebSocket });
    const dropped: unknown[] = [];
    connection.on('dropped', (drop) => dropped.push(drop));
    connection.send({ order: 1 });
    connection.send({ order: 2 }, { ttlMs: 60_000 });
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    connection.send({ order: 3 }, { ttlMs: 60_000 });
    vi.advanceTimersByTime(30_000);
    connection.connect();
    vi.useRealTimers();
    peer.accept();
    expect([dropped, peer.received.length]).toEqual([[], 3]);
    for (const { at } of connection.history()) expect(at).toSatisfy(Number.isFinite);
    connection.dispose();
  });
});
