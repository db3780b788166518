/** Coming back to a server that is busy, wrong, or gone: when, how often, and what is said about it meanwhile. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../../src/index.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { createFakePeer, createSimulatedNetwork, SimulatedClock } from '../../src/testing/index.ts';
import { confirming } from '../fixtures/confirming.ts';
import { fullHub } from '../fixtures/fullHub.ts';
import { hubStage } from '../fixtures/hubPeer.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';

const URL = 'ws://server.test/live';

describe('100 clients of a hub that is full (503, Retry-After: 1) for ten minutes', () => {
  const run = fullHub(100);

  test('dial at most 30 times each, never fail, and are all open soon after it has room', () => {
    expect(run().mostDials).toBeLessThanOrEqual(30);
    expect(run()).toMatchObject({ failed: 0, open: 100 });
  });

  test('count none of it against their attempts', () => {
    expect(run().sentence).toMatch(
      /^next attempt in [\d.]+ m?s, because the server refused the upgrade with HTTP 503$/u,
    );
  });
});

/** A connection with defaults, and a server that takes it and sends it away again. Without chance: it is in the middle. */
function turnedAway(reason: string, options: Partial<ConnectionOptions> = {}) {
  const clock = new SimulatedClock();
  const peer = createFakePeer();
  const connection = createConnection(URL, { WebSocket: peer.WebSocket, clock, random: () => 0.5, ...options });
  onTestFinished(() => connection.dispose());
  connection.connect();
  return {
    connection,
    clock,
    /** As often as it comes within so many ms. */
    for(ms: number): void {
      for (const end = clock.now() + ms; clock.now() < end && connection.state !== 'failed'; clock.advance(100)) {
        if (connection.state !== 'connecting') continue;
        peer.accept();
        peer.close(1013, reason);
      }
    },
  };
}

test.each(['retry-after=0', 'retry-after=1000', 'retry-after=5000'])(
  'a server that is polite (1013 %s) makes its client fail never, one that says nothing after its attempts',
  (reason) => {
    const polite = turnedAway(reason);
    polite.for(3_600_000);
    expect(polite.connection.state).toBe('backoff');
    expect(polite.connection.stats().sockets).toBeLessThan(3_600 / 20);
    const rude = turnedAway('');
    rude.for(3_600_000);
    expect(rude.connection.state).toBe('failed');
  },
);

test('after an outage of a minute that a proxy tells with 503 all are back within the cap', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, hasPing: true });
  network.serve(URL);
  network.inject({ type: 'refuse', status: 503, forMs: 60_000 });
  const random = seededRandom(4);
  const clients = Array.from({ length: 300 }, () =>
    createConnection(URL, { WebSocket: network.WebSocket, clock, random }).connect(),
  );
  clock.advance(60_000 + 30_500);
  expect(clients.filter(({ state }) => state !== 'open')).toEqual([]);
  for (const client of clients) client.dispose();
});

test('a drain leaves a sentence that counts nothing', () => {
  const { connection, drain, peer, welcome } = hubStage();
  welcome();
  drain(5_000);
  peer.close(1012, 'retry-after=4000');
  expect(connection.explain()).toMatch(/^next attempt in 5 s, because the peer closed with 1012/u);
});

const warnings = (connection: Connection): { code: string; message: string }[] => {
  const told: { code: string; message: string }[] = [];
  connection.on('warned', (warning) => told.push(warning));
  return told;
};

/** A server that refuses every upgrade, in this order and then with the last. */
function refusing(statuses: readonly number[], options: Partial<ConnectionOptions> = {}) {
  const clock = new SimulatedClock();
  const peer = createFakePeer({ hasPing: true });
  const retry = { baseMs: 1_000, capMs: 1_000, jitter: 'none', ...options.retry } as const;
  const connection = createConnection(URL, { WebSocket: peer.WebSocket, clock, ...options, retry });
  onTestFinished(() => connection.dispose());
  const told = warnings(connection);
  const left = [...statuses];
  connection.connect();
  return {
    connection,
    told,
    next: (count = 1): void => {
      for (let nth = 0; nth < count; nth++) {
        peer.refuse(left.length > 1 ? (left.shift() ?? 0) : (left[0] ?? 0));
        clock.advance(1_000);
      }
    },
  };
}

describe("warned 'upgrade-refused'", () => {
  test('comes at the second equal 4xx, once', () => {
    const { told, next } = refusing([404]);
    next();
    expect(told).toEqual([]);
    next();
    expect(told.map(({ code }) => code)).toEqual(['upgrade-refused']);
    expect(told[0]?.message).toMatch(/^the server refused the upgrade with HTTP 404, twice in a row: .*verdict/u);
    next(5);
    expect(told).toHaveLength(1);
  });

  test.each([
    ['two different ones', [404, 410, 404]],
    ['a server that is down', [500]],
    ['one that ends it', [403]],
    ['one that says "later"', [429]],
  ] as const)('not after %s', (_, statuses) => {
    const { told, next } = refusing([...statuses]);
    next(3);
    expect(told).toEqual([]);
  });
});

describe("warned 'still-down'", () => {
  test('comes when half of the attempts have failed, at every outage', () => {
    const { connection, told, next } = refusing([500], { retry: { maxAttempts: 6 } });
    next(3);
    expect(told).toEqual([]);
    next();
    expect(told.map(({ code }) => code)).toEqual(['still-down']);
    expect(told[0]?.message).toContain('attempt 4 of 6 is next, because the server refused the upgrade with HTTP 500');
    expect(told[0]?.message).toContain('retry.maxAttempts: Infinity');
    next(3);
    expect(connection.state).toBe('failed');
    expect(connection.explain()).toBe(
      'gave up after 6 retries, because the server refused the upgrade with HTTP 500 (retry.maxAttempts: Infinity never gives up); connect() starts anew',
    );
    connection.connect();
    next(4);
    expect(told.map(({ code }) => code)).toEqual(['still-down', 'still-down']);
  });

  test.each([0, 1, Infinity])('never where there are %s attempts', (maxAttempts) => {
    const { told, next } = refusing([500], { retry: { maxAttempts } });
    next(40);
    expect(told).toEqual([]);
  });
});

describe('a close that says "too much right now"', () => {
  test.each([1013, 4429, 4503])('%i is counted against no message, however often it comes', (code) => {
    const { connection, comeBack, outcomes, pongAll, takeReceived, clock } = confirming();
    for (const message of ['a', 'b']) connection.send(message);
    for (let nth = 0; nth < 12; nth++) {
      comeBack(code);
      expect(takeReceived()).toContain('a');
    }
    expect(outcomes).toEqual([]);
    clock.advance(250);
    pongAll();
    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
  });

  test('and any other close still is', () => {
    const { connection, comeBack, outcomes } = confirming();
    connection.send('a');
    for (const code of [1011, 1013, 1011, 4429, 1011, 1013, 1011]) comeBack(code);
    expect(outcomes).toEqual([]);
    comeBack(1011);
    expect(outcomes).toEqual(['a uncertain unconfirmed']);
  });
});

test("a close code before the handshake is complete is nobody's word: it is tried again, whatever it says", () => {
  for (const code of [4401, 4403, 1008]) {
    const { connection, clock, socketAt } = fakeConnection();
    connection.connect();
    socketAt(0).ends({ code, reason: '', wasClean: false });
    expect(connection.getSnapshot().context).toMatchObject({ reason: 'retry', isRefreshed: false, trouble: 'refused' });
    clock.increment(1_000);
    expect(connection.stats().sockets).toBe(2);
  }
});
