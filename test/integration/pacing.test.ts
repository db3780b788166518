/** How fast messages go out: what the application allows, what a peer just back can take, what a peer that said "too much" gets. */
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../../src/index.ts';
import {
  createFakePeer,
  createSimulatedNetwork,
  SimulatedClock,
  type FakeNodeSocket,
  type FakePeer,
} from '../../src/testing/index.ts';

interface Went {
  readonly what: string;
  readonly at: number;
}

interface Paced {
  readonly connection: Connection<unknown, unknown>;
  readonly peer: FakePeer<FakeNodeSocket>;
  readonly clock: SimulatedClock;
  /** Messages, greetings and, as `ping`, pings, in the order in which the sockets got them. */
  readonly went: readonly Went[];
  /** Messages that went since the last call. */
  readonly take: () => string[];
  readonly pongAll: () => void;
  /** Loses the socket, waits for the retry, and opens the next. */
  readonly reopen: (code?: number) => void;
}

const RETRY_MS = 100;

/** A connection that has dialled, over fake sockets as of `ws`. */
function paced(options: Partial<ConnectionOptions<unknown, unknown>> = {}): Paced {
  const clock = new SimulatedClock();
  const peer = createFakePeer({ hasPing: true });
  const went: Went[] = [];
  class TimedSocket extends (peer.WebSocket as new (url: string) => FakeNodeSocket) {
    override send(data: string): void {
      super.send(data);
      went.push({ what: data, at: clock.now() });
    }
    override ping(payload?: string): void {
      super.ping(payload);
      went.push({ what: 'ping', at: clock.now() });
    }
  }
  const connection = createConnection<unknown, unknown>('ws://fake.test/', {
    WebSocket: TimedSocket,
    clock,
    codec: 'raw',
    random: () => 0.5,
    retry: { baseMs: RETRY_MS, capMs: RETRY_MS, maxAttempts: Infinity, jitter: 'none' },
    ...options,
  });
  onTestFinished(() => connection.dispose());
  connection.connect();
  let taken = 0;
  return {
    connection,
    peer,
    clock,
    went,
    take: () => {
      const messages = went.slice(taken).filter(({ what }) => what !== 'ping');
      taken = went.length;
      return messages.map(({ what }) => what);
    },
    pongAll: () => {
      while (peer.pong());
    },
    reopen: (code = 1006) => {
      peer.close(code);
      clock.advance(RETRY_MS);
      peer.accept();
    },
  };
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n));
const sendAll = ({ connection }: Paced, messages: readonly string[]): unknown[] =>
  messages.map((message) => connection.send(message));

describe('outbox.rate', () => {
  /** The most that went in any stretch of so many ms that begins with a frame. */
  const mostIn = (went: readonly Went[], perMs: number): number =>
    Math.max(0, ...went.map(({ at }) => went.filter((other) => other.at >= at && other.at < at + perMs).length));

  test('lets no more through than it says, at the first moment it may, in order, and none is lost', () => {
    const staged = paced({ heartbeat: false, outbox: { rate: { messages: 5, perMs: 1_000 } } });
    staged.peer.accept();
    const said = sendAll(staged, numbers(0, 23));
    expect(said.slice(0, 6)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent', 'queued']);
    staged.clock.advance(10_000);
    expect(staged.went.map(({ what }) => what)).toEqual(numbers(0, 23));
    expect(staged.went.map(({ at }) => at)).toEqual(numbers(0, 23).map((n) => Math.floor(Number(n) / 5) * 1_000));
    expect(staged.connection.send('at last')).toBe('sent');
  });

  test('holds nothing back of an application that keeps to it by itself', () => {
    const staged = paced({ heartbeat: false, outbox: { rate: { messages: 4, perMs: 1_000 } } });
    staged.peer.accept();
    for (let n = 0; n < 100; n++) {
      expect(staged.connection.send(String(n))).toBe('sent');
      staged.clock.advance(250);
    }
  });

  const eventsOf = ({ connection }: Paced, name: string): number =>
    Object.entries(connection.stats().transitions).reduce(
      (sum, [edge, n]) => sum + (edge.includes(` ${name} `) ? n : 0),
      0,
    );

  test('where room comes every millisecond it looks every 20 ms', () => {
    const staged = paced({ heartbeat: false, outbox: { rate: { messages: 100, perMs: 100 } } });
    staged.peer.accept();
    for (const message of numbers(0, 100)) {
      staged.connection.send(message);
      staged.clock.advance(1);
    }
    sendAll(staged, numbers(100, 200));
    const before = eventsOf(staged, 'outbox.due');
    staged.clock.advance(120);
    expect(staged.went.map(({ what }) => what)).toEqual(numbers(0, 200));
    expect(eventsOf(staged, 'outbox.due') - before).toBeLessThanOrEqual(6);
  });

  test('does not tell the chart of every message that waits, also where the clock counts parts of a millisecond', () => {
    const staged = paced({ heartbeat: false, outbox: { rate: { messages: 1, perMs: 1_000 } } });
    staged.peer.accept();
    for (const message of numbers(0, 100)) {
      staged.connection.send(message);
      staged.clock.advance(0.3);
    }
    expect(eventsOf(staged, 'outbox.changed')).toBeLessThanOrEqual(2);
  });

  test('counts across sockets', () => {
    const staged = paced({ heartbeat: false, outbox: { rate: { messages: 5, perMs: 1_000 } } });
    staged.peer.accept();
    sendAll(staged, numbers(0, 8));
    staged.reopen();
    expect(staged.went).toHaveLength(5);
    staged.clock.advance(1_000 - RETRY_MS - 1);
    expect(staged.went).toHaveLength(5);
    staged.clock.advance(1);
    expect(staged.went.map(({ what }) => what)).toEqual(numbers(0, 8));
  });

  test('counts pings and what greet says, and holds neither back', () => {
    const staged = paced({
      greet: ({ send }) => {
        for (const frame of ['hello', 'login', 'subscribe']) send(frame);
      },
      outbox: { rate: { messages: 5, perMs: 1_000 } },
    });
    sendAll(staged, numbers(0, 4));
    staged.peer.accept();
    staged.pongAll();
    // The first ping of the heartbeat comes behind what may go at once.
    expect(staged.went.map(({ what }) => what)).toEqual(['hello', 'login', 'subscribe', '0', '1', 'ping']);
    staged.clock.advance(999);
    expect(staged.went).toHaveLength(6);
    staged.clock.advance(1);
    // Of the last five frames, two messages and the ping are counted already.
    expect(staged.take().slice(-2)).toEqual(['2', '3']);
  });

  test('is not loosened by a wall clock that is set forward', () => {
    let aheadMs = 0;
    const clock = new SimulatedClock();
    const peer = createFakePeer({ hasPing: true });
    const connection = createConnection<unknown, unknown>('ws://fake.test/', {
      WebSocket: peer.WebSocket,
      clock,
      codec: 'raw',
      heartbeat: false,
      environment: { start: () => () => undefined, now: () => clock.now() + aheadMs },
      outbox: { rate: { messages: 2, perMs: 10_000 } },
    });
    onTestFinished(() => connection.dispose());
    connection.connect();
    peer.accept();
    for (const message of numbers(0, 4)) connection.send(message);
    aheadMs = 3_600_000;
    clock.advance(9_999);
    expect(peer.received).toEqual(['0', '1']);
    clock.advance(1);
    expect(peer.received).toEqual(['0', '1', '2', '3']);
  });

  test('what it holds back has its ttl, its keys and its bounds like all that waits', () => {
    const staged = paced({ heartbeat: false, outbox: { maxMessages: 3, rate: { messages: 1, perMs: 1_000 } } });
    const { connection, clock } = staged;
    const dropped: unknown[] = [];
    connection.on('dropped', ({ message, reason }) => dropped.push([message, reason]));
    staged.peer.accept();
    expect(connection.send('first')).toBe('sent');
    connection.send('short', { ttlMs: 500 });
    connection.send('old', { key: 'price' });
    connection.send('new', { key: 'price' });
    expect(connection.send('not to wait', { queue: false })).toBe('dropped');
    connection.send('2');
    clock.advance(600);
    connection.send('3');
    connection.send('4');
    expect(dropped).toEqual([
      ['old', 'replaced'],
      ['not to wait', 'not-open'],
      ['short', 'ttl'],
      ['new', 'overflow'],
    ]);
    clock.advance(10_000);
    expect(staged.take()).toEqual(['first', '2', '3', '4']);
  });

  test('whatever happens, no stretch of time holds more than it says, the order holds and nothing is lost', () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('send' as const), count: fc.integer({ min: 1, max: 9 }) }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('lose' as const), code: fc.constantFrom(1006, 1013, 4429) }),
      },
      { weight: 1, arbitrary: fc.constant({ kind: 'reconnect' as const }) },
      { weight: 2, arbitrary: fc.constant({ kind: 'pong' as const }) },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 700 }),
        fc.boolean(),
        fc.array(step, { maxLength: 40 }),
        (messages, perMs, isConfirming, steps) => {
          const staged = paced({
            outbox: { maxMessages: Infinity, rate: { messages, perMs } },
            confirm: isConfirming ? 'ping' : 'none',
          });
          const { connection, peer, clock, went } = staged;
          const outcomes = new Map<unknown, string>();
          connection.on('outcome', ({ message, outcome }) => outcomes.set(message, outcome));
          let count = 0;
          for (const action of steps) {
            switch (action.kind) {
              case 'send':
                for (let n = 0; n < action.count; n++) connection.send(String(count++));
                break;
              case 'wait':
                clock.advance(action.ms);
                break;
              case 'lose':
                peer.close(action.code);
                break;
              case 'reconnect':
                connection.reconnect();
                peer.close();
                break;
              case 'pong':
                peer.pong();
                break;
            }
            if (peer.socket.readyState === 0) peer.accept();
          }
          for (let n = 0; n < 3_000 && connection.stats().outbox.messages > 0; n++) {
            clock.advance(50);
            if (peer.socket.readyState === 0) peer.accept();
            staged.pongAll();
          }
          // A message goes only where, pings counted, there is room for it.
          for (const [index, { what, at }] of went.entries()) {
            if (what === 'ping') continue;
            const before = went.slice(0, index).filter((other) => other.at > at - perMs);
            expect(before.length, `${what} at ${at}`).toBeLessThan(messages);
          }
          const sent = went.map(({ what }) => what).filter((what) => what !== 'ping');
          if (isConfirming) {
            expect(new Set(sent).size).toBe(count);
            const lost = [...outcomes].filter(([, outcome]) => outcome !== 'confirmed' && outcome !== 'sent');
            expect(lost.filter(([, outcome]) => outcome !== 'uncertain')).toEqual([]);
          } else expect(sent).toEqual(numbers(0, count));
          connection.dispose();
        },
      ),
      { numRuns: 150, seed: 17 },
    );
  });

  test('a peer whose pings are off is never sent more than it says', () => {
    const staged = paced({ heartbeat: false, outbox: { rate: { messages: 3, perMs: 100 } } });
    staged.peer.accept();
    for (let n = 0; n < 40; n++) {
      staged.connection.send(String(n));
      if (n % 7 === 0) staged.reopen();
      staged.clock.advance(13);
    }
    staged.clock.advance(5_000);
    expect(mostIn(staged.went, 100)).toBe(3);
    expect(staged.went).toHaveLength(40);
  });
});

describe('portions, after a loss, of a peer that answers pings', () => {
  /** Open again and proved by a pong that took so long, with so much to flush. */
  function comeBack(held: readonly string[], proofMs = 0, options: Partial<ConnectionOptions<unknown, unknown>> = {}) {
    const staged = paced({ outbox: { maxMessages: Infinity, maxBytes: Infinity }, ...options });
    staged.peer.accept();
    staged.pongAll();
    staged.peer.close(1006);
    sendAll(staged, held);
    staged.clock.advance(RETRY_MS);
    staged.peer.accept();
    staged.clock.advance(proofMs);
    staged.take();
    staged.peer.pong();
    expect(staged.connection.state).toBe('open');
    return staged;
  }

  test('64 messages go at once, with pings at half and at the end, and each pong makes room', () => {
    const staged = comeBack(numbers(0, 300));
    expect(staged.take()).toEqual(numbers(0, 64));
    expect(staged.connection.send('later')).toBe('queued');
    expect(staged.connection.isConnected).toBe(true);
    staged.peer.pong();
    // 32 of 64 are covered, and the portion is 128.
    expect(staged.take()).toEqual(numbers(64, 160));
    staged.peer.pong();
    // 64 are covered, and the portion is 256.
    expect(staged.take()).toEqual([...numbers(160, 300), 'later']);
  });

  test('64 KiB go at once', () => {
    const large = numbers(0, 30).map((n) => n.padEnd(8 * 1024));
    const staged = comeBack(large);
    expect(staged.take()).toEqual(large.slice(0, 8));
    staged.peer.pong();
    expect(staged.take()).toEqual(large.slice(8, 20));
  });

  test('a pong that waited behind data makes room and no larger portion', () => {
    const staged = comeBack(numbers(0, 300));
    staged.take();
    staged.clock.advance(251);
    staged.peer.pong();
    expect(staged.take()).toEqual(numbers(64, 96));
    staged.clock.advance(251);
    staged.peer.pong();
    expect(staged.take()).toEqual(numbers(96, 128));
  });

  test('a peer that is far away and quick gets larger ones', () => {
    const staged = comeBack(numbers(0, 300), 800);
    staged.take();
    staged.clock.advance(1_050);
    staged.peer.pong();
    expect(staged.take()).toEqual(numbers(64, 160));
  });

  test('each quick pong doubles them, and after four there are none any more', () => {
    const staged = comeBack(numbers(0, 3_000));
    const counts = [staged.take().length];
    while (staged.peer.pong()) {
      const { length } = staged.take();
      if (length > 0) counts.push((counts.at(-1) ?? 0) + length);
    }
    expect(counts).toEqual([64, 32 + 128, 64 + 256, 96 + 512, 3_000]);
    expect(sendAll(staged, numbers(0, 3_000))).not.toContain('queued');
  });

  test('what a peer passes over is asked for again after 2.5 s, and no oftener', () => {
    const staged = comeBack(numbers(0, 100));
    staged.take();
    const asked = staged.peer.pings.length;
    for (let n = 0; n < 50; n++) {
      staged.connection.send('brief', { ttlMs: 40 });
      staged.clock.advance(49);
    }
    expect(staged.peer.pings).toHaveLength(asked);
    staged.clock.advance(50);
    expect(staged.peer.pings).toHaveLength(asked + 1);
    staged.peer.socket.pongs(staged.peer.pings.at(-1) ?? '');
    expect(staged.take()).toEqual(numbers(64, 100));
  });

  test('a message that must not wait is dropped while a pong is waited for', () => {
    const staged = comeBack(numbers(0, 64));
    expect(staged.connection.send('now', { queue: false })).toBe('dropped');
    staged.pongAll();
    expect(staged.connection.send('now', { queue: false })).toBe('sent');
  });

  test('with confirm the same pings confirm', () => {
    const staged = comeBack(numbers(0, 100), 0, { confirm: 'ping' });
    const confirmed: unknown[] = [];
    staged.connection.on('outcome', ({ message, outcome }) => {
      if (outcome === 'confirmed') confirmed.push(message);
    });
    staged.pongAll();
    staged.clock.advance(250);
    staged.pongAll();
    expect(staged.take()).toEqual(numbers(0, 100));
    expect(confirmed).toEqual(numbers(0, 100));
  });

  test.each([
    ['a first connection', (staged: Paced) => staged.peer.accept()],
    [
      'a peer that never gave a pong',
      (staged: Paced) => {
        staged.peer.accept();
        staged.reopen();
      },
    ],
  ])('%s is given all at once', (_, open) => {
    const staged = paced();
    sendAll(staged, numbers(0, 500));
    open(staged);
    expect(staged.take()).toEqual(numbers(0, 500));
  });

  test('60 × 16 kB after a loss go over 480 kbit/s on one socket, and nothing is lost', () => {
    const clock = new SimulatedClock();
    const network = createSimulatedNetwork({ clock, hasPing: true, latencyMs: 20 });
    const arrived: unknown[] = [];
    let lastAt = 0;
    network.serve('ws://line.test/', (peer) => {
      peer.onMessage((data) => {
        arrived.push(data);
        lastAt = clock.now();
      });
    });
    const connection = createConnection<unknown, unknown>('ws://line.test/', {
      WebSocket: network.WebSocket,
      clock,
      codec: 'raw',
    });
    onTestFinished(() => connection.dispose());
    connection.connect();
    clock.advance(500);
    network.inject({ type: 'bandwidth', bytesPerSecond: 60_000 });
    network.inject({ type: 'reset' });
    while (connection.state === 'open') clock.advance(1);
    const messages = numbers(0, 60).map((n) => n.padEnd(16_000));
    for (const message of messages) connection.send(message);
    while (!connection.isConnected) clock.advance(1);
    const openAt = clock.now();
    clock.advance(60_000);
    expect(arrived).toEqual(messages);
    expect(connection.stats().sockets).toBe(2);
    // The line alone takes 16.0 s.
    expect(lastAt - openAt).toBeLessThan(16_000 * 1.15);
  });
});

describe('a peer that closes and says "too much"', () => {
  /** A server that closes when more than so many messages come in a second, and a connection to it that was lost once before. */
  function limited(code: number, perSecond: number, options: Partial<ConnectionOptions<unknown, unknown>>) {
    const clock = new SimulatedClock();
    const network = createSimulatedNetwork({ clock, hasPing: true, latencyMs: 10 });
    const arrived: unknown[] = [];
    let closes = 0;
    network.serve('ws://strict.test/', (peer) => {
      const times: number[] = [];
      let isRefusing = false;
      peer.onMessage((data) => {
        if (isRefusing) return;
        times.push(clock.now());
        isRefusing = times.filter((at) => at > clock.now() - 1_000).length > perSecond;
        if (!isRefusing) return void arrived.push(data);
        closes++;
        peer.close(code);
      });
    });
    const connection = createConnection<unknown, unknown>('ws://strict.test/', {
      WebSocket: network.WebSocket,
      clock,
      codec: 'raw',
      random: () => 0.5,
      ...options,
    });
    onTestFinished(() => connection.dispose());
    connection.connect();
    clock.advance(100);
    network.inject({ type: 'reset' });
    clock.advance(50);
    return { clock, connection, arrived, closes: () => closes };
  }

  test.each([1013, 4429])(
    '%i: what waits goes out slower, and with confirm nothing is lost and little repeated',
    (code) => {
      const { clock, connection, arrived, closes } = limited(code, 50, { confirm: 'ping' });
      for (const message of numbers(0, 300)) connection.send(message);
      clock.advance(60_000);
      expect(connection.stats().outbox.messages).toBe(0);
      expect(connection.stats().outcomes.confirmed).toBe(300);
      expect(new Set(arrived)).toEqual(new Set(numbers(0, 300)));
      // The second close is that of the first pace: half of the 160 messages that had gone before the first.
      expect(closes()).toBe(2);
      expect(arrived.length - 300).toBeLessThan(50);
    },
  );

  test('without confirm only what had been handed over is lost', () => {
    const { clock, connection, arrived, closes } = limited(1013, 50, {});
    for (const message of numbers(0, 300)) connection.send(message);
    clock.advance(60_000);
    expect(closes()).toBe(2);
    expect(arrived.slice(0, 50)).toEqual(numbers(0, 50));
    expect(arrived.length).toBeGreaterThan(150);
    const inOrder = arrived.map(Number).sort((a, b) => a - b);
    expect(arrived.map(Number)).toEqual(inOrder);
  });

  /** A connection that has sent so many messages in its last second, was closed and is open again, with 100 more that wait. */
  function closedAfter(count: number, code: number): Paced {
    const staged = paced({ heartbeat: false });
    staged.peer.accept();
    sendAll(staged, numbers(0, count));
    staged.clock.advance(900);
    staged.take();
    staged.peer.close(code);
    sendAll(staged, numbers(0, 100));
    staged.clock.advance(RETRY_MS);
    staged.peer.accept();
    return staged;
  }

  test('the next flush goes at half the pace, and after it all is as before', () => {
    const staged = closedAfter(40, 1013);
    expect(staged.take()).toEqual(numbers(0, 20));
    staged.clock.advance(999);
    expect(staged.take()).toEqual([]);
    staged.clock.advance(1);
    expect(staged.take()).toEqual(numbers(20, 40));
    expect(staged.connection.send('behind')).toBe('queued');
    staged.clock.advance(4_000);
    expect(staged.take()).toEqual([...numbers(40, 100), 'behind']);
    expect(sendAll(staged, numbers(0, 500))).not.toContain('queued');
  });

  test('each further such close halves it again, any other leaves it', () => {
    const staged = closedAfter(40, 4429);
    expect(staged.take()).toHaveLength(20);
    staged.clock.advance(1_000);
    expect(staged.take()).toHaveLength(20);
    staged.reopen(4429);
    // The second is counted from the first of these 20 on.
    expect(staged.take()).toHaveLength(9);
    staged.reopen(1006);
    staged.clock.advance(1_900);
    expect(staged.take()).toHaveLength(18);
    sendAll(staged, numbers(0, 500));
    for (let n = 0; n < 10; n++) {
      staged.clock.advance(1_000);
      staged.reopen(1013);
    }
    staged.take();
    staged.clock.advance(3_000);
    expect(staged.take()).toHaveLength(3);
  });

  test('it is the last second that counts, however long the connection was open', () => {
    const staged = paced({ heartbeat: false });
    staged.peer.accept();
    staged.clock.advance(60_000);
    sendAll(staged, numbers(0, 300));
    staged.peer.close(1013);
    staged.take();
    sendAll(staged, numbers(0, 300));
    staged.clock.advance(RETRY_MS);
    staged.peer.accept();
    expect(staged.take().length).toBeLessThanOrEqual(150);
  });

  test.each([
    ['10 messages were no crowd', 10, 1013],
    ['another close says nothing of the pace', 40, 1012],
  ])('%s: the next flush goes at once', (_, count, code) => {
    expect(closedAfter(count, code).take()).toEqual(numbers(0, 100));
  });

  test('and then refuses upgrades for the same reason is not taken to mean it again and again', () => {
    const { connection, peer, clock, took } = overloaded({ retry: { baseMs: 4_000, capMs: 4_000, jitter: 'none' } });
    for (let n = 0; n < 5; n++) {
      while (connection.state !== 'connecting') clock.advance(50);
      peer.refuse(429);
    }
    while (connection.state !== 'connecting') clock.advance(50);
    peer.accept();
    expect(took()).toBe(32);
  });

  test('is asked for signs of life all the same: pings take no turn of a message', () => {
    const { peer, clock, took } = overloaded({ heartbeat: { intervalMs: 20, timeoutMs: 10_000 } });
    clock.advance(RETRY_MS);
    peer.accept();
    for (let ms = 0; ms < 4_000; ms += 10) {
      peer.send('{"type":"pong"}');
      clock.advance(10);
    }
    expect(took()).toBe(100);
  });

  /** After 64 messages at once the peer has closed, and 100 wait. */
  function overloaded(options: Partial<ConnectionOptions<unknown, unknown>> = {}) {
    const staged = paced(options);
    const { connection, peer } = staged;
    peer.accept();
    for (let n = 0; n < 64; n++) connection.send(`s${n}`);
    peer.close(1013);
    for (let n = 0; n < 100; n++) connection.send(`w${n}`);
    return { ...staged, took: () => staged.went.filter(({ what }) => what.startsWith('w')).length };
  }
});
