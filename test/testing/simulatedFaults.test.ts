import { expect, onTestFinished, test } from 'vitest';
import { createConnection } from '../../src/index.ts';
import { createSimulatedNetwork, SimulatedClock, type SimulatedFaultSpec } from '../../src/testing/index.ts';
import { openedStage, SERVER_URL, simulatedStage } from '../fixtures/simulatedStage.ts';

test.each([
  { hasPing: true, seconds: 30, whom: 'ws' },
  { hasPing: false, seconds: 60, whom: 'Chromium' },
])('a closing handshake that nobody completes ends after $seconds s, as with $whom', ({ hasPing, seconds }) => {
  const { clock, network } = openedStage({ hasPing });
  const socket = new network.WebSocket(SERVER_URL);
  const codes: number[] = [];
  socket.onclose = ({ code }: { code: number }) => codes.push(code);
  clock.advance(20);
  network.inject({ type: 'blackhole' });
  socket.close();
  clock.advance(seconds * 1_000 - 1);
  expect(codes).toEqual([]);
  clock.advance(1);
  expect(codes).toEqual([1006]);
});

test.each([
  { hasPing: true, seconds: 30, whom: 'ws' },
  { hasPing: false, seconds: 2, whom: 'Chromium' },
])('an end that does not come after the closing frames is waited for $seconds s, as by $whom', (kind) => {
  const { clock, network, server } = openedStage({ hasPing: kind.hasPing });
  const socket = new network.WebSocket(SERVER_URL);
  const codes: number[] = [];
  socket.onclose = ({ code }: { code: number }) => codes.push(code);
  clock.advance(20);
  network.inject({ type: 'blackhole', direction: 'toServer' });
  server.peer.close(1001);
  clock.advance(10 + kind.seconds * 1_000 - 1);
  expect(codes).toEqual([]);
  clock.advance(1);
  expect(codes).toEqual([1001]);
});

test.each<[SimulatedFaultSpec]>([
  [{ type: 'reset', on: 'all' }],
  [{ type: 'blackhole', direction: 'toServer' }],
  [{ type: 'blackhole', direction: 'toClient' }],
  [{ type: 'blackhole' }],
  [{ type: 'halfOpen' }],
  [{ type: 'close', code: 1012, on: 'all' }],
  [{ type: 'down' }],
  [{ type: 'flap', aliveMs: 50, jitterMs: 50 }],
])('%o: the connection is lost, and open once that ends', async (spec) => {
  const { clock, network, connection, heard } = openedStage();
  let losses = 0;
  connection.on('lost', () => losses++);

  const fault = network.inject(spec);
  // A ping after 25 s, and 10 s for its answer.
  clock.advance(36_000);
  expect(losses).toBeGreaterThan(0);
  await fault.end();
  clock.advance(5_000);
  connection.send('again');
  clock.advance(20);

  expect(connection.state).toBe('open');
  expect(heard).toContain('again');
  expect(fault).toMatchObject({ isActive: false });
  expect(fault.applied).toBeGreaterThan(0);
});

test('where two blackholes overlap the end of the first ends nothing yet', async () => {
  const { clock, network, server } = openedStage();
  const socket = new network.WebSocket(SERVER_URL);
  clock.advance(20);
  const peer = server.peers.at(-1);
  const first = network.inject({ type: 'blackhole' });
  const second = network.inject({ type: 'blackhole' });
  socket.close();
  clock.advance(30_000);
  expect(socket.readyState).toBe(3);
  await first.end();
  clock.advance(100);
  expect(peer?.isOpen).toBe(true);
  await second.end();
  clock.advance(100);
  expect(peer?.isOpen).toBe(false);
});

test('close of new connections lets the handshake through first', () => {
  const { clock, network, connection } = simulatedStage({}, { heartbeat: false });
  const seen: string[] = [];
  connection.on('state', ({ state }) => seen.push(state));
  network.inject({ type: 'reset', on: 'existing' });
  network.inject({ type: 'close', on: 'new', code: 1013, forMs: 200 });
  clock.advance(150);
  expect(seen).toEqual(['backoff', 'connecting', 'open', 'backoff']);
  expect(connection.getSnapshot().context.lastClose?.code).toBe(1013);
});

test.each<[SimulatedFaultSpec]>([[{ type: 'blackhole' }], [{ type: 'halfOpen' }]])(
  '%o: a client that goes meanwhile is forgotten once that ends, on both sides',
  async (spec) => {
    const { clock, network, server, connection } = openedStage();
    const fault = network.inject(spec);
    connection.dispose();
    clock.advance(100);
    await fault.end();
    clock.advance(100);
    expect(server.peer.isOpen).toBe(false);
    expect(network.stats().open).toBe(0);
    expect(clock.pending).toBe(0);
  },
);

test('half-open: the server has forgotten it, the client hears nothing until its heartbeat does', () => {
  const { clock, network, server, connection } = openedStage();
  network.inject({ type: 'halfOpen', on: 'existing' });
  expect(server.peer.closed).toEqual({ code: 1006, reason: '' });

  clock.advance(34_970);
  expect(connection.state).toBe('open');
  clock.advance(30);

  expect(connection.state).toBe('backoff');
  expect(network.stats().swallowed.toServer).toBeGreaterThan(0);
});

test('one way only: what the client says arrives, and it never hears the answer', () => {
  const { clock, network, server, connection, heard } = openedStage();
  network.inject({ type: 'blackhole', direction: 'toClient' });
  connection.send('anybody?');
  clock.advance(100);
  expect(server.peer.received).toEqual(['anybody?']);
  expect(heard).toEqual([]);
  expect(connection.state).toBe('open');
});

test('nothing arrives behind what was lost, also where nobody can be told of a reset', async () => {
  const { clock, network, server, connection } = openedStage();
  const lost = network.inject({ type: 'blackhole', direction: 'toServer' });
  connection.send('lost');
  network.inject({ type: 'blackhole', direction: 'toClient' });
  await lost.end();
  connection.send('behind it');
  clock.advance(100);
  expect(server.peer.received).toEqual([]);
  expect(network.stats().swallowed.toServer).toBe(2);
});

test('what is on its way when a link goes dark is lost', () => {
  const { clock, network, server, connection } = openedStage();
  connection.send('halfway');
  clock.advance(5);
  network.inject({ type: 'blackhole' });
  clock.advance(100);
  expect(server.peer.received).toEqual([]);
  expect(network.stats().swallowed.toServer).toBe(1);
});

test('refuse: the status reaches the connection, and Retry-After is kept', () => {
  const { clock, network, connection } = simulatedStage();
  network.inject({ type: 'reset' });
  network.inject({ type: 'refuse', status: 429, retryAfterSeconds: 60, forMs: 10_000 });
  const delays: number[] = [];
  connection.on('retrying', ({ delayMs }) => delays.push(delayMs));
  clock.advance(200);
  expect(connection.getSnapshot().context.lastClose).toMatchObject({ code: 4429, reason: 'HTTP 429' });
  expect(delays.at(-1)).toBe(60_000);
  clock.advance(60_100);
  expect(connection.state).toBe('open');
});

test('stall: the attempt ends by its deadline', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock });
  network.serve(SERVER_URL);
  const fault = network.inject({ type: 'stall' });
  const connection = createConnection(SERVER_URL, {
    WebSocket: network.WebSocket,
    clock,
    connectTimeoutMs: 500,
    retry: { baseMs: 100, jitter: 'none' },
  }).connect();
  onTestFinished(() => connection.dispose());
  clock.advance(499);
  expect(connection.state).toBe('connecting');
  clock.advance(1);
  expect(connection.state).toBe('backoff');
  void fault.end();
  clock.advance(100);
  expect(connection.state).toBe('open');
});

test('jitter keeps the order, and is the same for the same seed', () => {
  const run = (seed: number): { received: unknown[]; at: number[] } => {
    const { clock, network, server, connection } = openedStage({ seed });
    network.inject({ type: 'latency', jitterMs: 200 });
    const at: number[] = [];
    server.peer.onMessage(() => at.push(clock.now()));
    for (let n = 0; n < 20; n++) {
      connection.send(String(n));
      clock.advance(5);
    }
    clock.advance(500);
    return { received: [...server.peer.received], at };
  };
  const once = run(3);
  expect(once.received).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
  expect(run(3)).toEqual(once);
  expect(run(4).at).not.toEqual(once.at);
});

test('a frame arrives whole or not at all: nothing is truncated', () => {
  const { network } = simulatedStage();
  const spec = { type: 'truncate', afterBytes: 5 } as unknown as SimulatedFaultSpec;
  expect(() => network.inject(spec)).toThrow(/^type: /u);
});
