import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createConnection, type ConnectionOptions, type Environment } from '../../src/index.ts';
import { pathOf } from '../fixtures/events.ts';
import { fakeConnection, StagedNodeSocket, recorded, type Fake } from '../fixtures/stagedSocket.ts';

const HOUR_MS = 3_600_000;

type Report = Parameters<Environment['start']>[0];

/** A connection on simulated time beside a wall clock that the test sets. */
class Stage {
  readonly fake: Fake<StagedNodeSocket>;
  /** How far the wall clock is ahead of the simulated one. Unit ms. */
  aheadMs = 0;
  #report: Report = () => undefined;

  constructor(options: Partial<ConnectionOptions<unknown, unknown>> = {}) {
    const environment: Environment = {
      start: (report) => {
        this.#report = report;
        return () => undefined;
      },
      now: () => this.fake.clock.now() + this.aheadMs,
    };
    this.fake = fakeConnection({ heartbeat: 'auto', environment, ...options }, StagedNodeSocket);
  }

  /** An event of the chart that changes nothing but a fact. */
  happens(): void {
    this.#report({ type: 'page.hidden' });
  }

  sleeps(ms = HOUR_MS): void {
    this.aheadMs += ms;
    this.happens();
  }

  /** Open and quiet, with a peer that answers pings. */
  opens(): this {
    this.fake.connection.connect();
    this.fake.socket.opens();
    this.fake.socket.pongs();
    return this;
  }

  get path(): string {
    return pathOf(this.fake.connection.getSnapshot().value);
  }

  get jumps(): number {
    return jumpsOf(this.fake.connection);
  }

  /** What is left of the wait for the next attempt. Unit ms. */
  get remainingMs(): number {
    return this.fake.connection.getSnapshot().context.retryAt - this.fake.connection.now();
  }
}

const jumpsOf = (connection: Fake<StagedNodeSocket>['connection']): number =>
  connection.history().filter(({ event }) => event === 'clock.jumped').length;

describe('a connection that is quiet when the machine sleeps', () => {
  test('asks its peer at the next event, and waits for the answer no longer than wakeTimeoutMs', () => {
    const stage = new Stage().opens();
    const pings = stage.fake.socket.pings.length;

    stage.sleeps();

    expect(stage.path).toBe('open.probing');
    expect(stage.fake.socket.pings).toHaveLength(pings + 1);
    stage.fake.clock.increment(2_499);
    expect(stage.path).toBe('open.probing');
    stage.fake.clock.increment(1);
    expect(stage.path).toBe('backoff.waiting');
    expect(stage.fake.socket.isTerminated).toBe(true);
  });

  test('finds a peer that lives, and stays', () => {
    const stage = new Stage().opens();
    stage.sleeps();
    stage.fake.socket.pongs();
    stage.fake.clock.increment(5_000);
    expect(stage.path).toBe('open.quiet');
    expect(stage.fake.sockets).toHaveLength(1);
  });

  test('is woken by its own ping, too: the deadline is the short one', () => {
    const stage = new Stage().opens();
    stage.aheadMs += HOUR_MS;
    stage.fake.clock.increment(25_000);
    expect(stage.path).toBe('open.probing');
    stage.fake.clock.increment(2_500);
    expect(stage.path).toBe('backoff.waiting');
  });

  test('asks as well when the clock was set back', () => {
    const stage = new Stage().opens();
    stage.sleeps(-HOUR_MS);
    expect(stage.path).toBe('open.probing');
  });

  test('asks once for each jump', () => {
    const stage = new Stage().opens();
    stage.sleeps();
    stage.happens();
    stage.fake.socket.pongs();
    stage.happens();
    expect([stage.path, stage.jumps]).toEqual(['open.quiet', 1]);
  });
});

test('steps of the wall clock of up to 10 s, one after another and to and fro, are none', () => {
  const stage = new Stage().opens();
  for (const stepMs of [10_000, 10_000, 10_000, -10_000, 9_999]) stage.sleeps(stepMs);
  expect([stage.path, stage.jumps]).toEqual(['open.quiet', 0]);
  stage.sleeps(10_001);
  expect([stage.path, stage.jumps]).toEqual(['open.probing', 1]);
});

describe('a connection that waits for its next attempt when the machine sleeps', () => {
  const waiting = (random: () => number, close: { reason?: string } = {}): Stage => {
    const stage = new Stage({ random, retry: { baseMs: 1_000, jitter: 'none', hintCapMs: 2 * HOUR_MS } }).opens();
    stage.fake.socket.ends(close);
    for (let attempt = 1; attempt < 4 && close.reason === undefined; attempt++) {
      stage.fake.clock.increment(stage.remainingMs);
      stage.fake.socket.ends();
    }
    expect(stage.path).toBe('backoff.waiting');
    return stage;
  };

  test.each([0, 0.25, 0.999])('hurries, and by chance: %f of baseMs', (unit) => {
    const stage = waiting(() => unit);
    expect(stage.remainingMs).toBe(8_000);
    stage.sleeps();
    expect(stage.remainingMs).toBeCloseTo(unit * 1_000);
    stage.fake.clock.increment(1_000);
    expect(stage.path).toBe('connecting.handshaking');
  });

  test('does so once, however often the clock jumps', () => {
    let unit = 0.9;
    const stage = waiting(() => unit);
    stage.sleeps();
    unit = 0.1;
    stage.sleeps(-HOUR_MS);
    expect(stage.remainingMs).toBeCloseTo(900);
  });

  test('dials at once where it slept past the moment that it had hurried to', () => {
    const stage = waiting(() => 0.9);
    stage.sleeps();
    stage.sleeps();
    stage.fake.clock.increment(0);
    expect(stage.path).toBe('connecting.handshaking');
  });

  test('dials no later than planned', () => {
    const stage = waiting(() => 0.9);
    stage.fake.clock.increment(7_900);
    stage.sleeps(-HOUR_MS);
    expect(stage.remainingMs).toBe(100);
  });

  test('dials not before the server asked for it, and counts what it slept', () => {
    const stage = waiting(() => 0.1, { reason: 'retry-after=7200000' });
    stage.sleeps();
    expect(stage.remainingMs).toBe(HOUR_MS);
    stage.fake.clock.increment(HOUR_MS - 1);
    expect(stage.path).toBe('backoff.waiting');
    stage.fake.clock.increment(1);
    expect(stage.path).toBe('connecting.handshaking');
  });

  test('counts it anew at every sleep', () => {
    const stage = waiting(() => 0.1, { reason: 'retry-after=10800000' });
    stage.sleeps();
    stage.sleeps();
    stage.fake.clock.increment(HOUR_MS);
    expect(stage.path).toBe('connecting.handshaking');
  });
});

describe('a connection that hangs up when the machine sleeps', () => {
  const closing = (): Stage => {
    const stage = new Stage().opens();
    stage.fake.connection.disconnect();
    expect(stage.path).toBe('closed.closing');
    return stage;
  };

  test('waits for the closing handshake no longer', () => {
    const stage = closing();
    stage.sleeps();
    expect(stage.path).toBe('closed.done');
    expect(stage.fake.socket.isTerminated).toBe(true);
  });

  test('waits for it where it slept before disconnect()', () => {
    const stage = new Stage().opens();
    stage.aheadMs += HOUR_MS;
    stage.fake.connection.disconnect();
    stage.happens();
    expect(stage.path).toBe('closed.closing');
  });
});

test('a handshake that was under way when the machine slept begins anew, and is not counted', () => {
  const stage = new Stage();
  stage.fake.connection.connect();
  stage.sleeps();
  expect(stage.path).toBe('connecting.handshaking');
  expect(stage.fake.sockets).toHaveLength(2);
  expect(stage.fake.connection.stats().attempt).toBe(0);
});

test('one that begins after the sleep does not', () => {
  const stage = new Stage();
  stage.happens();
  stage.fake.connection.connect();
  stage.fake.connection.disconnect();
  stage.aheadMs += HOUR_MS;
  stage.fake.connection.connect();
  expect(stage.path).toBe('connecting.handshaking');
  expect(stage.fake.sockets).toHaveLength(2);
});

test('an actor that has been stopped does not look at the clocks', () => {
  const stage = new Stage().opens();
  const now = vi.spyOn(stage.fake.clock, 'now');
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { actor } = stage.fake.connection;
  actor.stop();
  now.mockClear();
  stage.sleeps();
  actor.send({ type: 'page.resumed' });
  expect(now).not.toHaveBeenCalled();
  expect(stage.jumps).toBe(0);
});

test('a message that goes straight through does not look at the clocks', () => {
  const stage = new Stage().opens();
  const now = vi.spyOn(stage.fake.clock, 'now');
  stage.fake.connection.send('straight');
  stage.fake.socket.receives('"back"');
  expect(now).not.toHaveBeenCalled();
});

describe('the clocks that are compared', () => {
  /** On the platform's timers, of which none has to fire. */
  const onPlatformTime = (now?: () => number) => {
    let report: Report = () => undefined;
    const start: Environment['start'] = (listener) => {
      report = listener;
      return () => undefined;
    };
    const { WebSocket, sockets } = recorded(StagedNodeSocket);
    const environment = now === undefined ? { start } : { start, now };
    const connection = createConnection<unknown, unknown>({ url: 'ws://fake.test/', WebSocket, environment });
    onTestFinished(() => connection.dispose());
    connection.connect();
    sockets[0]?.opens();
    return {
      jumps: () => {
        report({ type: 'page.hidden' });
        return jumpsOf(connection);
      },
    };
  };
  const setWallClock = (aheadMs: number): void => {
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + aheadMs);
  };

  test("are the platform's two, where nobody brings one", () => {
    const { jumps } = onPlatformTime();
    expect(jumps()).toBe(0);
    setWallClock(HOUR_MS);
    expect(jumps()).toBe(1);
    expect(jumps()).toBe(1);
  });

  test("are the environment's and the platform's wall clock, where the environment has one", () => {
    let nowMs = 0;
    const { jumps } = onPlatformTime(() => nowMs);
    expect(jumps()).toBe(0);
    setWallClock(HOUR_MS);
    nowMs = HOUR_MS;
    expect(jumps()).toBe(0);
    nowMs += HOUR_MS;
    expect(jumps()).toBe(1);
  });

  test("are none beside a clock with a time of its own, unless the environment has the wall clock's", () => {
    const fake = fakeConnection({ heartbeat: 'auto', environment: { start: () => () => undefined } }, StagedNodeSocket);
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.pongs();
    setWallClock(HOUR_MS);
    fake.clock.increment(25_000);
    fake.socket.pongs();
    expect(fake.socket.pings).toHaveLength(2);
    expect(jumpsOf(fake.connection)).toBe(0);
  });
});

test('reconnect() after a jump waits for the close frame as at any other time: the handshake has not slept', () => {
  const stage = new Stage().opens();
  stage.aheadMs += HOUR_MS;
  stage.fake.connection.reconnect();
  expect(stage.path).toBe('connecting.closing');
  expect(stage.fake.socketAt(0).isMuted).toBe(false);
});
