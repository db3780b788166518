/** P11: a voluntary end loses nothing that was handed over. On a narrow line, in simulated time. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createConnection, type Connection, type ConnectionOptions } from '../../src/index.ts';
import {
  createSimulatedNetwork,
  SimulatedClock,
  type SimulatedNetwork,
  type SimulatedPeer,
} from '../../src/testing/index.ts';
import { eventsOf, pathOf } from '../fixtures/events.ts';
import { fakeConnection, StagedNodeSocket, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';

const URL = 'ws://line.test/';
/** Of 100 kB, as JSON. */
const large = 'x'.repeat(100_000);

interface Line {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly peers: readonly SimulatedPeer[];
  readonly connection: Connection<unknown, unknown>;
  /** Messages that came to any of the peers. */
  readonly arrived: () => number;
}

/** An open connection over a line that carries 3 MB a second, with a kernel that hides little. */
function overLine(options: Omit<ConnectionOptions<unknown, unknown>, 'url'> = {}, hasPing = true): Line {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({
    clock,
    hasPing,
    latencyMs: 10,
    line: { bytesPerSecond: 3_000_000, kernelBytes: 100_000 },
  });
  const peers: SimulatedPeer[] = [];
  network.serve(URL, (peer) => {
    peers.push(peer);
    return undefined;
  });
  const connection = createConnection<unknown, unknown>({
    url: URL,
    WebSocket: network.WebSocket,
    clock,
    environment: { start: () => () => undefined, now: clock.now },
    ...options,
  });
  onTestFinished(() => connection.dispose());
  connection.connect();
  clock.advance(100);
  expect(connection.state).toBe('open');
  const arrived = (): number =>
    peers.reduce((sum, { received }) => sum + received.filter((data) => data === large).length, 0);
  return { clock, network, peers, connection, arrived };
}

const sendLarge = ({ connection }: Line, count: number): void => {
  for (let n = 0; n < count; n++) expect(connection.send(large)).toBe('sent');
};
const pathNow = ({ connection }: { readonly connection: Connection<unknown, unknown> }): string =>
  pathOf(connection.getSnapshot().value);

describe.each([
  ['ws', true],
  ['a browser', false],
] as const)('over sockets as of %s', (_, hasPing) => {
  test('reconnect() loses none of 50 messages of 100 kB, and dials when the old socket is closed', () => {
    const line = overLine({}, hasPing);
    sendLarge(line, 50);
    line.connection.reconnect();
    expect(pathNow(line)).toBe('connecting.closing');
    expect(line.connection.stats().sockets).toBe(1);
    expect(line.connection.explain()).toBe('reconnect() was called; the old socket has to close first');
    expect(line.connection.send('later')).toBe('queued');
    line.clock.advance(5_000);
    expect(line.arrived()).toBe(50);
    expect(line.connection.state).toBe('open');
    expect(line.connection.stats().sockets).toBe(2);
    expect(line.peers[1]?.received).toEqual(['later']);
  });

  test('disconnect() loses none of 150 messages of 100 kB', () => {
    const line = overLine({}, hasPing);
    sendLarge(line, 150);
    line.connection.disconnect(4000, 'done');
    expect(pathNow(line)).toBe('closed.closing');
    expect(line.connection.send('later')).toBe('rejected');
    line.clock.advance(4_000);
    expect(pathNow(line)).toBe('closed.closing');
    line.clock.advance(2_000);
    expect(pathNow(line)).toBe('closed.done');
    expect(line.arrived()).toBe(150);
  });

  test('what the peer says while it reads is thrown away', () => {
    const line = overLine({}, hasPing);
    const messages = eventsOf(line.connection, 'message');
    sendLarge(line, 50);
    line.connection.reconnect();
    for (let n = 0; n < 20; n++) {
      line.peers[0]?.send('late');
      line.clock.advance(50);
    }
    expect(messages).toEqual([]);
    line.clock.advance(5_000);
    expect(line.arrived()).toBe(50);
  });
});

test('a drain whose delay is over loses nothing of 50 messages of 100 kB', () => {
  const line = overLine();
  line.connection.actor.send({ type: 'hub.draining', retryAfterMs: 200 });
  sendLarge(line, 50);
  line.clock.advance(300);
  expect(pathNow(line)).toBe('connecting.closing');
  expect(line.connection.send('later')).toBe('queued');
  line.clock.advance(5_000);
  expect(line.arrived()).toBe(50);
  expect(line.peers[1]?.received).toEqual(['later']);
});

/** An open connection whose peer answers no close. */
function open(options: Omit<ConnectionOptions<unknown, unknown>, 'url'> = {}): Fake<StagedSocket> {
  const fake = fakeConnection(options);
  fake.connection.connect();
  fake.socketAt(0).opens();
  return fake;
}

describe('a peer that never closes', () => {
  test.each([undefined, 700])('is waited for drainTimeoutMs by reconnect(): %s', (drainTimeoutMs) => {
    const fake = open({ drainTimeoutMs });
    fake.connection.reconnect();
    fake.clock.increment((drainTimeoutMs ?? 10_000) - 1);
    expect(pathNow(fake)).toBe('connecting.closing');
    expect(fake.sockets).toHaveLength(1);
    fake.clock.increment(1);
    expect(fake.socketAt(0).isMuted).toBe(true);
    expect(fake.sockets).toHaveLength(2);
    expect(pathNow(fake)).toBe('connecting.handshaking');
  });

  test('is waited for once, however often reconnect() is called', () => {
    const fake = open();
    fake.connection.reconnect();
    fake.clock.increment(6_000);
    fake.connection.reconnect();
    fake.connection.connect();
    fake.clock.increment(4_000);
    expect(pathNow(fake)).toBe('connecting.handshaking');
    expect(fake.sockets).toHaveLength(2);
    expect(fake.socketAt(0).closes[0]).toEqual({ code: 1000, reason: undefined });
  });

  test('is waited for once, however often we change our mind', () => {
    const fake = open();
    fake.connection.reconnect();
    fake.clock.increment(4_000);
    fake.connection.disconnect();
    expect(pathNow(fake)).toBe('closed.closing');
    fake.clock.increment(4_000);
    fake.connection.connect();
    expect(pathNow(fake)).toBe('connecting.closing');
    fake.clock.increment(1_999);
    expect(fake.sockets).toHaveLength(1);
    fake.clock.increment(1);
    expect(pathNow(fake)).toBe('connecting.handshaking');
    expect(fake.sockets).toHaveLength(2);
  });

  test('takes no time from the next attempt', () => {
    const fake = open({ drainTimeoutMs: 10_000, connectTimeoutMs: 3_000 });
    fake.connection.reconnect();
    fake.clock.increment(10_000);
    fake.clock.increment(2_999);
    expect(pathNow(fake)).toBe('connecting.handshaking');
    fake.clock.increment(1);
    expect(pathNow(fake)).toBe('backoff.waiting');
  });

  test.each([
    ['a second disconnect()', (fake: Fake<StagedSocket>) => fake.connection.disconnect()],
    ['dispose()', (fake: Fake<StagedSocket>) => fake.connection.dispose()],
    ['a page that is left', (fake: Fake<StagedSocket>) => fake.connection.actor.send({ type: 'page.left' })],
    ['a clock that jumps', (fake: Fake<StagedSocket>) => fake.connection.actor.send({ type: 'clock.jumped' })],
  ])('is left at once after disconnect() by %s', (_, end) => {
    const fake = open();
    fake.connection.disconnect();
    expect(fake.socketAt(0).isMuted).toBe(false);
    end(fake);
    expect(pathNow(fake)).toBe('closed.done');
    expect(fake.socketAt(0).isMuted).toBe(true);
  });

  test.each([
    ['a clock that jumps', 'clock.jumped', 'connecting.handshaking'],
    ['a page that is left', 'page.left', 'backoff.suspended'],
  ] as const)('is left at once after reconnect() by %s', (_, type, path) => {
    const fake = open();
    fake.connection.reconnect();
    fake.connection.actor.send({ type });
    expect(pathNow(fake)).toBe(path);
    expect(fake.socketAt(0).isMuted).toBe(true);
  });

  test('is not waited for with drainTimeoutMs 0, by reconnect() or by disconnect()', () => {
    const fake = open({ drainTimeoutMs: 0 });
    fake.connection.reconnect();
    fake.clock.increment(0);
    expect(fake.sockets).toHaveLength(2);
    fake.socketAt(1).opens();
    fake.connection.disconnect();
    fake.clock.increment(0);
    expect(pathNow(fake)).toBe('closed.done');
  });
});

test('connect() while the socket closes dials when it is closed, and no old close code counts', () => {
  const fake = open();
  fake.connection.disconnect();
  fake.connection.connect();
  expect(fake.connection.state).toBe('connecting');
  expect(fake.sockets).toHaveLength(1);
  fake.socketAt(0).ends({ code: 4403, reason: '', wasClean: true });
  expect(pathNow(fake)).toBe('connecting.handshaking');
  expect(fake.sockets).toHaveLength(2);
});

test('a socket that we close ourselves right after a ping of the application raises no warning', () => {
  const fake = open({ heartbeat: { ping: 'ping' } });
  const warnings = eventsOf(fake.connection, 'warned');
  fake.connection.reconnect();
  fake.socketAt(0).ends({ code: 1000, reason: '', wasClean: true });
  expect(warnings).toEqual([]);
});

test('at most one socket is live, and nothing runs after disconnect() has had its time', () => {
  const line = overLine({ drainTimeoutMs: 1_000 });
  sendLarge(line, 150);
  line.connection.disconnect();
  line.clock.advance(1_000);
  expect(pathNow(line)).toBe('closed.done');
  expect(line.connection.stats().sockets).toBe(1);
});

describe('with confirm, an end of our own', () => {
  const confirming = () => {
    const fake = fakeConnection({ heartbeat: 'auto', confirm: 'ping' }, StagedNodeSocket);
    const outcomes = eventsOf(fake.connection, 'outcome');
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.pongs();
    fake.connection.send('an order');
    fake.connection.reconnect();
    expect(outcomes).toEqual([]);
    return { ...fake, outcomes, next: () => fake.socketAt(1) };
  };

  test('that the peer answers with the same code confirms what it has read, and nothing goes out twice', () => {
    const { socketAt, next, outcomes } = confirming();
    socketAt(0).ends({ code: 1000, reason: '', wasClean: true });
    expect(outcomes).toEqual([{ outcome: 'confirmed', message: 'an order' }]);
    next().opens();
    next().pongs();
    expect(next().sent).toEqual([]);
  });

  test.each([
    ['that crosses one of the peer, with a code of its own,', { code: 1012, reason: '', wasClean: true }],
    ['that breaks off', { code: 1006, reason: '', wasClean: false }],
  ])('%s shows nothing: it goes out again', (_, close) => {
    const { socketAt, next, outcomes } = confirming();
    socketAt(0).ends(close);
    expect(outcomes).toEqual([]);
    next().opens();
    next().pongs();
    expect(next().sent).toEqual(['an order']);
  });
});

describe('reconnect() waits for a close frame', () => {
  const probed = (lead: (fake: Fake<StagedNodeSocket>) => void) => {
    const fake = fakeConnection({ heartbeat: 'auto' }, StagedNodeSocket);
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.pongs();
    lead(fake);
    fake.connection.reconnect();
    const start = fake.clock.now();
    while (fake.sockets.length < 2) fake.clock.increment(100);
    return fake.clock.now() - start;
  };

  test('no longer than for the pong of a ping that is out', () => {
    expect(probed(({ connection }) => connection.actor.send({ type: 'network.online' }))).toBe(2_500);
  });

  test('not at all where that pong is overdue', () => {
    const lead = ({ connection, socket, clock }: Fake<StagedNodeSocket>): void => {
      connection.send('x'.repeat(66_000));
      clock.increment(20_000);
      expect(socket.pings).toHaveLength(2);
    };
    expect(probed(lead)).toBe(100);
  });

  test('with what lies in front of that ping', () => {
    const lead = ({ connection }: Fake<StagedNodeSocket>): void => {
      connection.send('x'.repeat(16_000));
      connection.actor.send({ type: 'network.online' });
    };
    expect(probed(lead)).toBe(4_500);
  });

  test('for drainTimeoutMs where no ping is out', () => {
    expect(probed(() => undefined)).toBe(10_000);
  });
});
