/** Whether nobody is there, or much lies in front of the answer: what the silence of a peer means, and from when on. */
import { describe, expect, test } from 'vitest';
import { eventsOf } from '../fixtures/events.ts';
import {
  answered,
  INTERVAL_MS,
  pongTo,
  RETRY_MS,
  stage,
  TIMEOUT_MS,
  tokens,
  WAKE_TIMEOUT_MS,
} from '../simulation/trustStage.ts';

const KIB = 1024;
const text = (bytes: number): string => 'x'.repeat(bytes);
/** What lies in front of a pong may excuse its absence for so long. Unit ms. */
const LONGEST_EXCUSE_MS = 120_000;
/** Of one kind, whether it can ping with the protocol or with frames of the application. */
const kinds: readonly (readonly [name: string, options: object, hasPing: boolean])[] = [
  ['of the protocol', {}, true],
  ['of the application', tokens, false],
];

/** Sockets whose pings have been answered; what was handed to them, and what they were asked since. */
function stream([, options, hasPing]: (typeof kinds)[number] = ['of the protocol', {}, true]) {
  const staged = answered({ ...options, maxBufferedBytes: Infinity }, hasPing);
  const { peer, connection } = staged;
  const frames = (): string[] =>
    peer.received.flatMap((data) => (typeof data === 'string' && data.startsWith('{"type":"ping"') ? [data] : []));
  const asked = (): number => (hasPing ? peer.pings.length : frames().length - 1);
  const answer = (): void => {
    if (hasPing) peer.pong();
    else peer.send(pongTo(frames().at(-1)));
  };
  const send = (count: number, bytes: number): void => {
    for (let n = 0; n < count; n++) connection.send(text(bytes));
  };
  return { ...staged, asked, answer, send };
}

/** The client's own timer finds after how long that nobody is there. Unit ms. */
function leftAfter({ clock, connection }: Pick<ReturnType<typeof stage>, 'clock' | 'connection'>): number {
  const start = clock.now();
  while (connection.state === 'open' && clock.now() - start < 600_000) clock.advance(100);
  return clock.now() - start;
}

describe.each(kinds)('pings %s in the stream', (...kind) => {
  test('go out every 64 KiB, and none before', () => {
    const { send, asked } = stream(kind);
    send(63, KIB);
    expect(asked()).toBe(0);
    send(1, KIB);
    expect(asked()).toBe(1);
    send(640, KIB);
    expect(asked()).toBe(11);
  });

  test('stop when 64 are out, and go on at the next pong', () => {
    const { send, asked, answer } = stream(kind);
    send(100, 64 * KIB);
    expect(asked()).toBe(64);
    answer();
    const before = asked();
    send(1, 64 * KIB);
    expect(asked()).toBe(before + 1);
  });

  test('are no events of the chart, and neither are their pongs', () => {
    const { send, asked, answer, connection } = stream(kind);
    const steps = connection.history().length;
    const heartbeats = eventsOf(connection, 'heartbeat');
    for (let n = 0; n < 10; n++) {
      send(64, KIB);
      answer();
    }
    expect(asked()).toBe(kind[2] ? 0 : 10);
    expect(connection.history()).toHaveLength(steps);
    expect(heartbeats).toEqual([]);
  });
});

test('a peer that has sent no pong on this socket is not pinged in the stream', () => {
  const { peer, connection } = stage({}, true);
  peer.accept();
  for (let n = 0; n < 640; n++) connection.send(text(KIB));
  expect(peer.pings).toHaveLength(1);
});

test('what waited for a connection has a ping behind its last message', () => {
  const { peer, connection, breakOff, reopen } = answered({}, true);
  breakOff();
  connection.send(text(KIB));
  connection.send(text(KIB));
  reopen();
  expect(peer.pings).toHaveLength(1);
  peer.pong();
  expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
  expect(peer.pings).toHaveLength(1);
});

test('a socket that has just been proved is not asked again', () => {
  const { peer, breakOff, reopen, where } = answered({}, true);
  breakOff();
  reopen();
  peer.pong();
  expect(where()).toEqual({ open: 'quiet' });
  expect(peer.pings).toEqual([]);
});

describe('a peer that gives no pong any more is left', () => {
  test('after intervalMs and timeoutMs, where nothing lies in front of the pong', () => {
    const staged = answered({}, true);
    expect(leftAfter(staged)).toBe(INTERVAL_MS + TIMEOUT_MS);
    expect(staged.connection.explain()).toContain('nothing answered a ping for 10 s');
  });

  test.each([
    ['8 kB', 1, 8_000, 1_000],
    ['30 messages of 16 kB, a ping after every 5, since a lost packet waits behind them all', 30, 16_000, 60_000],
    ['one message of 3 MB', 1, 3_000_000, LONGEST_EXCUSE_MS],
  ])('a second later for every 8 kB in front of its oldest ping: %s', (_, count, bytes, excuseMs) => {
    const { send, clock, connection } = stream();
    clock.advance(INTERVAL_MS - 1);
    send(count, bytes);
    clock.advance(1 + TIMEOUT_MS + excuseMs - 2);
    expect(connection.state).toBe('open');
    clock.advance(2);
    expect(connection.state).toBe('backoff');
    expect(connection.explain()).toContain(`nothing answered a ping for ${(TIMEOUT_MS + excuseMs) / 1_000} s`);
  });

  test('and not for what its pongs have covered, nor for what followed when the silence had begun', () => {
    const { send, answer, clock, connection } = stream();
    for (let n = 0; n < 60; n++) {
      send(8, 8 * KIB);
      answer();
    }
    clock.advance(INTERVAL_MS - 1_000);
    send(8, 8 * KIB);
    clock.advance(1_000);
    send(80, 8 * KIB);
    clock.advance(TIMEOUT_MS + 7_100 - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
  });

  test('the same on a socket that has given no pong yet: it is not called unanswered before', () => {
    const { peer, clock, connection, warned } = stage({}, true);
    connection.send(text(800_000));
    peer.accept();
    clock.advance(TIMEOUT_MS + 100_000 - 1);
    expect(warned).toEqual([]);
    clock.advance(1);
    expect(warned).toEqual([expect.stringContaining('ping-unanswered')]);
  });

  test('counted from when bufferedAmount was last seen to fall', () => {
    const { peer, clock, connection } = stream();
    clock.advance(INTERVAL_MS - 1);
    connection.send(text(8_000));
    peer.socket.bufferedAmount = 8_000;
    clock.advance(1);
    clock.advance(TIMEOUT_MS + 1_000 - 1);
    peer.socket.bufferedAmount = 4_000;
    clock.advance(1);
    clock.advance(TIMEOUT_MS + 1_000 - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
  });

  test('where bufferedAmount is absent, as if there were nothing to see', () => {
    const { peer, clock, connection } = stream();
    Object.defineProperty(peer.socket, 'bufferedAmount', { value: undefined });
    clock.advance(INTERVAL_MS - 1);
    connection.send(text(8_000));
    clock.advance(1 + TIMEOUT_MS + 1_000 - 2);
    expect(connection.state).toBe('open');
    clock.advance(2);
    expect(connection.state).toBe('backoff');
  });

  test('after a wake-up sooner, and by the same rule', () => {
    const { page, clock, connection } = stream();
    clock.advance(1_000);
    connection.send(text(16_000));
    page.report({ type: 'network.online' });
    clock.advance(WAKE_TIMEOUT_MS + 2_000 - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
    expect(connection.explain()).toContain('nothing answered a ping for 4.5 s');
    clock.advance(RETRY_MS);
    expect(connection.explain()).toContain('nothing answered a ping for 4.5 s');
  });

  test('after a wake-up as late as at any other time, where it says something: nobody waits for a sign of life any more', () => {
    const { page, peer, clock, connection } = stream();
    clock.advance(1_000);
    page.report({ type: 'network.online' });
    peer.send('{"tick":1}');
    clock.advance(3 * TIMEOUT_MS - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
  });

  test('while it proves a new socket by the same rule: what it says first lies in front of its pong', () => {
    const { peer, clock, connection, breakOff, reopen, where } = answered({}, true);
    breakOff();
    reopen();
    clock.advance(1_000);
    peer.send(JSON.stringify(text(16_000)));
    clock.advance(WAKE_TIMEOUT_MS - 1_000);
    expect(where()).toEqual({ connecting: 'proving' });
    clock.advance(WAKE_TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
  });
});

describe('a peer that talks on', () => {
  const talks = ({ clock, peer }: Pick<ReturnType<typeof stage>, 'clock' | 'peer'>) => {
    const say = (): void => {
      clock.setTimeout(say, 100);
      peer.send('{"tick":1}');
    };
    say();
  };

  test('and owes a pong is left after three times timeoutMs: what it says proves nothing of the way up', () => {
    const staged = answered({}, true);
    talks(staged);
    // What it says lies in front of its pong: 3 kB.
    expect(leftAfter(staged)).toBe(INTERVAL_MS + 3 * TIMEOUT_MS + 300);
    expect(staged.connection.explain()).toContain('nothing answered a ping for 30.3 s');
  });

  test('and answers is not left, however late each pong is in that time', () => {
    const { peer, clock, connection } = answered({}, true);
    talks({ peer, clock });
    for (let n = 0; n < 10; n++) {
      clock.advance(INTERVAL_MS + 3 * TIMEOUT_MS - 100);
      while (peer.pong());
      expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
    }
    expect(connection.stats().sockets).toBe(1);
  });

  test('and has never sent a pong is alive: what it says is all that can be had', () => {
    const staged = stage({ heartbeat: {} });
    staged.peer.accept();
    talks(staged);
    expect(leftAfter(staged)).toBe(600_000);
    expect(staged.connection.getSnapshot().context.heartbeat).toBe('answered');
  });

  test('is asked once for each timeoutMs, not at each of its frames', () => {
    const staged = answered({}, true);
    talks(staged);
    leftAfter(staged);
    expect(staged.peer.pings.length).toBeLessThanOrEqual(4);
  });

  test('so much that its pong has to wait is left later, by a second for every 8 kB', () => {
    const staged = answered({}, true);
    const { clock, peer } = staged;
    clock.advance(INTERVAL_MS);
    peer.send(JSON.stringify(text(80_000)));
    expect(leftAfter(staged)).toBe(3 * TIMEOUT_MS + 10_000);
  });
});

test('a hub that drains is asked as before, and left when it is dead', () => {
  const staged = answered({}, true);
  staged.connection.actor.send({ type: 'hub.draining', retryAfterMs: 300_000 });
  expect(leftAfter(staged)).toBe(INTERVAL_MS + TIMEOUT_MS);
  expect(staged.connection.getSnapshot().context).toMatchObject({ trouble: 'silent', retryNotBefore: 300_000 });
});

describe('a socket that is closing by itself', () => {
  test('is seen at the first message, holds what is sent, and is a loss after closeTimeoutMs', () => {
    const { peer, connection, clock, where } = answered({}, true);
    const lost = eventsOf(connection, 'lost');
    peer.socket.closes();
    expect(connection.send('held')).toBe('queued');
    expect(where()).toEqual({ open: 'closing' });
    clock.advance(1_999);
    expect(lost).toEqual([]);
    clock.advance(1);
    expect(lost).toEqual([
      { close: { code: 1006, reason: '', wasClean: false }, because: expect.any(String) as string },
    ]);
    expect(connection.explain()).toContain('the peer began to close and did not finish within 2 s');
    clock.advance(RETRY_MS);
    peer.accept();
    peer.pong();
    expect(peer.received).toEqual(['held']);
  });

  test('is seen at the next ping, if nothing is sent', () => {
    const { peer, clock, connection } = answered({}, true);
    peer.socket.closes();
    clock.advance(INTERVAL_MS);
    expect(connection.getSnapshot().value).toEqual({ open: 'closing' });
    clock.advance(2_000);
    expect(connection.state).toBe('backoff');
  });

  test('and comes to its end in time has the code that it has, and one event, however much is sent meanwhile', () => {
    const { peer, connection } = answered({}, true);
    const lost = eventsOf(connection, 'lost');
    peer.socket.closes();
    for (let n = 0; n < 20; n++) connection.send(n);
    expect(connection.history().filter(({ event }) => event === 'socket.closing')).toHaveLength(1);
    peer.socket.ends({ code: 4000, reason: 'enough' });
    expect(lost).toMatchObject([{ close: { code: 4000, reason: 'enough' } }]);
  });

  test('may be given up for another at once', () => {
    const { peer, connection, clock } = answered({}, true);
    peer.socket.closes();
    connection.send('held');
    connection.reconnect();
    clock.advance(2_000);
    expect(peer.sockets).toHaveLength(2);
  });
});

test('with confirm, a peer that gives every frame back and never a pong is found out, however many pings it has had by then', () => {
  const { clock, peer, connection } = stage({ heartbeat: { intervalMs: 300, timeoutMs: 400 }, confirm: 'ping' });
  const outcomes = eventsOf(connection, 'outcome');
  connection.send(text(300_000));
  peer.accept();
  for (let ms = 0; ms < 120_000; ms += 300) {
    peer.send('{"tick":1}');
    clock.advance(300);
  }
  expect(outcomes).toMatchObject([{ outcome: 'sent' }]);
});

test('with confirm, what is in flight is not given up while a pong may be behind it', () => {
  const { clock, peer, connection, facts } = answered({ confirm: 'ping', outbox: { maxMessages: 2 } }, true);
  const outcomes = eventsOf(connection, 'outcome');
  connection.send(text(300_000));
  connection.send(text(300_000));
  // Each beat asks, and each time that a pong is overdue what fills the outbox would be uncertain.
  for (let ms = 0; ms < 2 * TIMEOUT_MS; ms += 50) clock.advance(50);
  expect([outcomes, facts().outbox]).toEqual([[], 'full']);
  while (peer.pong());
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['confirmed', 'confirmed']);
});
