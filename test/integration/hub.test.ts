import { describe, expect, test } from 'vitest';
import { hello, hubStage } from '../fixtures/hubPeer.ts';

const pingShape = { type: 'ping', t: expect.any(String) as string };

describe('a socket that agreed topics.v1+json', () => {
  test('is open when the hub has said hello, and not before', () => {
    const { connection, peer, messages } = hubStage();
    connection.send('held');
    peer.accept();
    expect(connection.getSnapshot().value).toEqual({ connecting: 'handshaking' });
    expect(peer.received).toEqual([]);

    peer.send(hello());

    expect(connection.state).toBe('open');
    expect(peer.received[0]).toBe('held');
    expect(messages).toEqual([JSON.parse(hello())]);
  });

  test('is open by any other first frame, too: nothing is lost, and the intervals are our own', () => {
    const { connection, peer, messages } = hubStage();
    peer.accept();
    peer.send('{"type":"direct","data":1}');
    expect(connection.state).toBe('open');
    expect(connection.getSnapshot().context.pace).toBeNull();
    expect(messages).toEqual([{ type: 'direct', data: 1 }]);
  });

  test('has failed where nothing is said for connectTimeoutMs', () => {
    const { connection, peer, clock } = hubStage({ connectTimeoutMs: 2_000 });
    peer.accept();
    clock.advance(2_000);
    expect(connection.getSnapshot()).toMatchObject({
      value: { backoff: 'waiting' },
      context: { attempt: 1, trouble: 'connect-timeout' },
    });
    expect(peer.live).toBe(0);
  });

  test.each([
    ['4409, since somebody else has this client id', 4409, 'fatal-close'],
    ['4401, since there is nobody who could bring a fresh credential', 4401, 'unauthorized'],
  ])('is given up where the hub hangs up in place of a hello with %s', (_, code, failure) => {
    const { connection, peer } = hubStage();
    peer.accept();
    peer.close(code, 'go away');
    expect(connection.getSnapshot()).toMatchObject({ value: 'failed', context: { failure, trouble: 'closed' } });
    expect(connection.explain()).toContain(`the peer closed with ${code} "go away"`);
  });

  test('is tried again where the hub hangs up in place of a hello for any other reason, and that counts', () => {
    const { connection, peer } = hubStage();
    peer.accept();
    peer.close(1012, 'the server is going away');
    expect(connection.getSnapshot()).toMatchObject({ value: { backoff: 'waiting' }, context: { attempt: 1 } });
  });

  test('hands hello to greet, which talks before any ping', async () => {
    const heard: unknown[] = [];
    const { connection, welcome, takeReceived, messages, peer } = hubStage({
      greet: async ({ send, receive }) => {
        heard.push(await receive());
        send({ type: 'subscribe', topic: 'a' });
        heard.push(await receive());
      },
    });
    welcome();
    expect(connection.getSnapshot().value).toEqual({ connecting: 'greeting' });
    await Promise.resolve();
    expect(takeReceived()).toEqual([{ type: 'subscribe', topic: 'a' }]);
    peer.send('{"type":"subscribed","topic":"a"}');
    await connection.opened();
    expect(heard).toEqual([JSON.parse(hello()), { type: 'subscribed', topic: 'a' }]);
    expect(takeReceived()).toEqual([pingShape]);
    expect(messages).toEqual([]);
  });

  test('hands hello to the listeners where greet says its part at once', () => {
    const { welcome, messages } = hubStage({ greet: ({ send }) => send({ type: 'subscribe', topic: 'a' }) });
    welcome();
    expect(messages).toEqual([JSON.parse(hello())]);
  });
});

describe("heartbeat 'auto' at a hub", () => {
  test('pings with its frames and at its intervals, also where the socket has pings of the protocol', () => {
    const { connection, peer, clock, welcome, takeReceived, pong, messages } = hubStage({}, { hasPing: true });
    welcome({ intervalMs: 1_000, timeoutMs: 300 });
    const [first] = takeReceived();
    expect(first).toEqual(pingShape);
    expect(connection.getSnapshot()).toMatchObject({
      value: { open: 'probing' },
      context: { heartbeat: 'unknown', pace: { intervalMs: 1_000, timeoutMs: 300 } },
    });
    clock.advance(40);
    pong(first);
    expect(connection.stats()).toMatchObject({ heartbeat: 'answered', roundTripMs: 40 });

    clock.advance(999);
    expect(takeReceived()).toEqual([]);
    clock.advance(1);
    const [second] = takeReceived();
    expect(second).toEqual(pingShape);
    expect(second).not.toEqual(first);
    expect(peer.pings).toEqual([]);
    expect(messages).toEqual([JSON.parse(hello())]);
  });

  test('finds a dead hub after intervalMs + timeoutMs of its hello, and says so', () => {
    const { connection, clock, welcome, takeReceived, pong } = hubStage();
    welcome({ intervalMs: 1_000, timeoutMs: 300 });
    pong(takeReceived()[0]);
    clock.advance(1_299);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
    expect(connection.explain()).toContain('nothing answered a ping for 300 ms');
  });

  test('takes its hello for no answer: it was said before anybody had asked', () => {
    const { connection, welcome } = hubStage();
    welcome();
    expect(connection.getSnapshot()).toMatchObject({ value: { open: 'probing' }, context: { heartbeat: 'unknown' } });
  });

  test('proves a hub that has answered before, after a loss, with the pong to its own ping', () => {
    const { connection, peer, clock, welcome, takeReceived, pong } = hubStage();
    welcome();
    pong(takeReceived()[0]);
    peer.close(1006);
    clock.advance(5_000);
    connection.send('held');
    welcome();
    expect(connection.getSnapshot().value).toEqual({ connecting: 'proving' });
    const [ping] = takeReceived();
    peer.send('{"type":"pong"}');
    expect(connection.getSnapshot().value).toEqual({ connecting: 'proving' });
    pong(ping);
    expect(connection.state).toBe('open');
    expect(peer.received).toContain('held');
  });

  test.each([
    ['says nothing of it', null],
    ['sends no pings itself', { intervalMs: 0, timeoutMs: 0 }],
    ['says what is no time', { intervalMs: '1', timeoutMs: -5 }],
  ])('pings at intervals of our own where hello %s', (_, heartbeat) => {
    const { connection, clock, welcome, takeReceived, pong } = hubStage();
    welcome(heartbeat);
    expect(connection.getSnapshot().context.pace).toBeNull();
    pong(takeReceived()[0]);
    clock.advance(24_999);
    expect(takeReceived()).toEqual([]);
    clock.advance(1);
    expect(takeReceived()).toEqual([pingShape]);
  });

  test('lets a pong that answers none of our pings through: it is for somebody else', () => {
    const { peer, welcome, messages, takeReceived, pong } = hubStage();
    welcome();
    peer.send('{"type":"pong"}');
    peer.send('{"type":"pong","t":7}');
    pong(takeReceived()[0]);
    expect(messages.slice(1)).toEqual([{ type: 'pong' }, { type: 'pong', t: 7 }]);
  });

  test('is asked for by nobody where heartbeat says otherwise: with an object, or with false', () => {
    const own = hubStage({ heartbeat: { intervalMs: 50, ping: 'are you there' } });
    own.welcome();
    expect(own.peer.received).toEqual(['are you there']);
    expect(own.connection.getSnapshot().context.pace).toBeNull();
    const none = hubStage({ heartbeat: false });
    none.welcome();
    expect(none.connection.getSnapshot().value).toEqual({ open: 'quiet' });
    expect(none.peer.received).toEqual([]);
  });

  test('forgets what a hub asked for where the next peer is none', () => {
    const { connection, peer, clock, welcome } = hubStage({ protocols: ['topics.v1+json', 'other'] });
    welcome();
    peer.close(1006);
    clock.advance(5_000);
    peer.accept('other');
    expect(connection.getSnapshot()).toMatchObject({
      value: { open: 'quiet' },
      context: { heartbeat: 'off', pace: null },
    });
  });
});

describe("confirm: 'ping' at a hub", () => {
  test('confirms what a pong covers, and no more', async () => {
    const { connection, clock, welcome, takeReceived, pong, peer } = hubStage({ confirm: 'ping' });
    welcome();
    pong(takeReceived()[0]);
    const first = connection.deliver({ n: 1 });
    clock.advance(250);
    const [, ping] = takeReceived();
    const outcomes: string[] = [];
    connection.on('outcome', ({ outcome, message }) => outcomes.push(`${outcome} ${JSON.stringify(message)}`));
    void connection.deliver({ n: 2 });
    // Somebody else's: it came before our ping, and says nothing of what lies between.
    peer.send('{"type":"pong"}');
    expect(outcomes).toEqual([]);
    pong(ping);
    expect((await first).outcome).toBe('confirmed');
    expect(outcomes).toEqual(['confirmed {"n":1}']);
  });

  test('waits for a pong as long as the hub’s own timeoutMs, where there is no room to wait longer', () => {
    const { connection, clock, welcome, takeReceived, pong } = hubStage({
      confirm: 'ping',
      outbox: { maxMessages: 1 },
    });
    welcome({ intervalMs: 60_000, timeoutMs: 2_000 });
    pong(takeReceived()[0]);
    const outcomes: string[] = [];
    connection.on('outcome', ({ outcome }) => outcomes.push(outcome));
    connection.send({ n: 1 });
    // The first beat asks; the pong to it is overdue two seconds later.
    for (let beat = 0; beat < 8; beat++) clock.advance(250);
    expect(outcomes).toEqual([]);
    clock.advance(250);
    expect(outcomes).toEqual(['uncertain']);
  });
});

const draining = {
  value: { open: expect.any(String) as string },
  context: { drainUntil: expect.any(Number) as number },
};

describe('drain', () => {
  test('is for the chart alone: the connection stays open, and comes back after the delay, which counts against nothing', () => {
    const { connection, peer, clock, welcome, takeReceived, pong, messages, drain } = hubStage();
    welcome();
    pong(takeReceived()[0]);
    drain(1_500);
    expect(connection.getSnapshot()).toMatchObject(draining);
    expect(connection.send({ still: true })).toBe('sent');
    peer.send('{"type":"direct","data":1}');
    expect(messages.slice(1)).toEqual([{ type: 'direct', data: 1 }]);

    clock.advance(1_000);
    pong(takeReceived().at(-1));
    clock.advance(499);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.getSnapshot().value).toEqual({ connecting: 'closing' });
    expect(peer.sockets).toHaveLength(1);
    peer.close();
    expect(peer.sockets).toHaveLength(2);
    welcome();
    pong(takeReceived().at(-1));
    expect(connection.getSnapshot()).toMatchObject({ value: { open: 'quiet' }, context: { attempt: 1, hinted: 1 } });
  });

  test('and 1012 before the delay is over: the rest of it is waited for, whatever the reason of the close says', () => {
    const { connection, peer, clock, welcome, takeReceived, pong, drain } = hubStage();
    welcome();
    pong(takeReceived()[0]);
    drain(1_500);
    clock.advance(600);
    peer.close(1012, 'retry-after=100');
    expect(connection.getSnapshot()).toMatchObject({
      value: { backoff: 'waiting' },
      context: { attempt: 1, hinted: 1, retryDelayMs: 900, reason: 'drained' },
    });
    clock.advance(899);
    expect(peer.sockets).toHaveLength(1);
    clock.advance(1);
    expect(peer.sockets).toHaveLength(2);
  });

  test('while greet talks is kept for later, and not received by it', async () => {
    const { connection, welcome, peer, drain } = hubStage({
      greet: async ({ receive }) => {
        await receive();
        expect(await receive()).toEqual({ type: 'subscribed' });
      },
    });
    welcome();
    drain(1_500);
    peer.send('{"type":"subscribed"}');
    await connection.opened();
    expect(connection.getSnapshot()).toMatchObject(draining);
  });

  test.each([['soon'], [-1], [null]])('that says %j for a time is a message like others', (retryAfterMs) => {
    const { connection, welcome, drain, messages } = hubStage();
    welcome();
    drain(retryAfterMs);
    expect(connection.getSnapshot().context.drainUntil).toBeNull();
    expect(messages).toHaveLength(2);
  });

  test('is read with heartbeat: false, too; and from a peer that is no hub it is a message', () => {
    const quiet = hubStage({ heartbeat: false });
    quiet.welcome();
    quiet.drain(1_500);
    expect(quiet.connection.getSnapshot()).toMatchObject(draining);
    const other = hubStage({ protocols: undefined });
    other.peer.accept();
    other.drain(1_500);
    expect(other.connection.getSnapshot().value).toEqual({ open: 'quiet' });
    expect(other.messages).toHaveLength(1);
  });
});

test('without topics.v1+json a peer that says hello is like any other', () => {
  const { connection, peer, messages } = hubStage({ protocols: undefined });
  peer.accept();
  expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
  peer.send(hello());
  expect(connection.getSnapshot()).toMatchObject({
    value: { open: 'quiet' },
    context: { heartbeat: 'off', pace: null },
  });
  expect(messages).toEqual([JSON.parse(hello())]);
});
