import { expect, onTestFinished, test } from 'vitest';
import { createConnection, type ConnectionOptions } from '../../src/index.ts';
import {
  createSimulatedNetwork,
  SimulatedClock,
  type SimulatedFaultSpec,
  type SimulatedNetworkOptions,
} from '../../src/testing/index.ts';

const URL = 'ws://server.test/live';

/** A server that says everything back, and a connection in the same network that has dialled. 10 ms each way. */
function stage(
  network: Partial<SimulatedNetworkOptions> = {},
  options: Partial<ConnectionOptions<unknown, unknown>> = {},
) {
  const clock = new SimulatedClock();
  const simulated = createSimulatedNetwork({ clock, latencyMs: 10, hasPing: true, ...network });
  const server = simulated.serve(URL, (peer) => {
    peer.onMessage((data) => peer.send(data));
    return undefined;
  });
  const connection = createConnection<unknown, unknown>(`${URL}?token=1`, {
    WebSocket: simulated.WebSocket,
    clock,
    codec: 'raw',
    random: () => 0.5,
    retry: { baseMs: 100, capMs: 100, maxAttempts: Infinity, jitter: 'none' },
    connectTimeoutMs: 500,
    closeTimeoutMs: 200,
    ...options,
  }).connect();
  onTestFinished(() => connection.dispose());
  const heard: unknown[] = [];
  connection.onMessage((message) => heard.push(message));
  return { clock, network: simulated, server, connection, heard };
}

function opened(network?: Partial<SimulatedNetworkOptions>, options?: Partial<ConnectionOptions<unknown, unknown>>) {
  const staged = stage(network, options);
  staged.clock.advance(40);
  expect(staged.connection.state).toBe('open');
  return staged;
}

test('a handshake takes a round trip, and so does an echo', () => {
  const { clock, connection, heard, server } = stage();
  clock.advance(19);
  expect(connection.state).toBe('connecting');
  clock.advance(1);
  expect(connection.state).toBe('open');
  expect(server.peer.url).toBe(`${URL}?token=1`);

  connection.send('hello');
  clock.advance(19);
  expect(heard).toEqual([]);
  clock.advance(1);

  expect(heard).toEqual(['hello']);
  expect(connection.stats()).toMatchObject({ roundTripMs: 20, heartbeat: 'answered' });
});

test('nothing happens unless the clock moves', async () => {
  const { connection } = stage({ latencyMs: 0 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.state).toBe('connecting');
});

test('a closing handshake runs in both directions', () => {
  const client = opened();
  client.connection.disconnect(3001, 'bye');
  client.clock.advance(20);
  expect(client.connection.getSnapshot().value).toEqual({ closed: 'done' });
  expect(client.server.peer.closed).toEqual({ code: 3001, reason: 'bye' });

  const server = opened();
  server.server.peer.close(4401, 'who?');
  server.clock.advance(30);
  expect(server.connection.getSnapshot().context.lastClose).toEqual({ code: 4401, reason: 'who?', wasClean: true });
  expect(server.server.peer.closed).toEqual({ code: 4401, reason: 'who?' });
  expect(server.network.stats().open).toBe(0);
});

test('what a server says as soon as it knows of its peer comes after the handshake', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock });
  network.serve(URL, (peer) => peer.send('welcome'));
  const connection = createConnection<string>(URL, { WebSocket: network.WebSocket, clock, codec: 'raw' }).connect();
  onTestFinished(() => connection.dispose());
  const heard: string[] = [];
  connection.onMessage((message) => heard.push(message));
  clock.advance(1);
  expect(heard).toEqual(['welcome']);
});

test('a server agrees on a subprotocol, on the first offered unless it says which', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock });
  const agreed: string[] = [];
  const dial = (): void => {
    const connection = createConnection(URL, {
      WebSocket: network.WebSocket,
      clock,
      protocols: ['v2', 'v1'],
    }).connect();
    onTestFinished(() => connection.dispose());
    connection.on('opened', ({ protocol }) => agreed.push(protocol));
    clock.advance(1);
  };
  network.serve(URL);
  dial();
  network.serve(URL, ({ protocols }) => protocols.at(-1));
  dial();
  expect(agreed).toEqual(['v2', 'v1']);
});

test('a server may refuse an upgrade, and knows of no peer then', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, hasPing: true });
  const server = network.serve(URL, ({ url }) => (url.endsWith('good') ? undefined : { status: 403 }));
  const connection = createConnection(`${URL}?token=bad`, { WebSocket: network.WebSocket, clock }).connect();
  onTestFinished(() => connection.dispose());
  clock.advance(1);
  expect(connection.state).toBe('failed');
  expect(server.peers).toEqual([]);
  expect(network.stats().open).toBe(0);
});

test('while the peer closes, the socket takes what is sent and drops it, as ws and browsers do', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, latencyMs: 10 });
  const server = network.serve(URL);
  const socket = new network.WebSocket(URL);
  clock.advance(20);
  server.peer.close(4000, 'over');
  server.peer.close(4001, 'again');
  server.peer.send('too late');
  clock.advance(10);
  expect(socket.readyState).toBe(socket.CLOSING);
  socket.send('into the void');
  clock.advance(20);
  expect(socket.readyState).toBe(socket.CLOSED);
  expect(server.peer).toMatchObject({ received: [], closed: { code: 4000, reason: 'over' } });
});

test('a closing handshake that nobody completes ends after two seconds', () => {
  const { clock, network } = opened();
  const { WebSocket } = network;
  const socket = new WebSocket(URL);
  const codes: number[] = [];
  socket.onclose = ({ code }: { code: number }) => codes.push(code);
  clock.advance(20);
  network.inject({ type: 'blackhole' });
  socket.close();
  clock.advance(1_999);
  expect(codes).toEqual([]);
  clock.advance(1);
  expect(codes).toEqual([1006]);
});

test.each([1005, 1006, 999, 5000])('a server cannot close with %d', (code) => {
  const { server } = opened();
  expect(() => server.peer.close(code)).toThrow(/^close\.code: /u);
});

test('where no server is, dialling fails, and one that comes up is found', () => {
  const { clock, network, server, connection } = opened();
  server.close();
  clock.advance(300);
  expect(connection.state).not.toBe('open');

  const second = network.serve(URL);
  server.close();
  clock.advance(200);

  expect(connection.state).toBe('open');
  expect(second.peers).toHaveLength(1);
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
  const { clock, network, connection, heard } = opened();
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

test('close of new connections lets the handshake through first', () => {
  const { clock, network, connection } = stage({}, { heartbeat: false });
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
    const { clock, network, server, connection } = opened();
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
  const { clock, network, server, connection } = opened();
  network.inject({ type: 'halfOpen', on: 'existing' });
  expect(server.peer.closed).toEqual({ code: 1006, reason: '' });

  clock.advance(34_970);
  expect(connection.state).toBe('open');
  clock.advance(30);

  expect(connection.state).toBe('backoff');
  expect(network.stats().swallowed.toServer).toBeGreaterThan(0);
});

test('one way only: what the client says arrives, and it never hears the answer', () => {
  const { clock, network, server, connection, heard } = opened();
  network.inject({ type: 'blackhole', direction: 'toClient' });
  connection.send('anybody?');
  clock.advance(100);
  expect(server.peer.received).toEqual(['anybody?']);
  expect(heard).toEqual([]);
  expect(connection.state).toBe('open');
});

test('what is on its way when a link goes dark is lost', () => {
  const { clock, network, server, connection } = opened();
  connection.send('halfway');
  clock.advance(5);
  network.inject({ type: 'blackhole' });
  clock.advance(100);
  expect(server.peer.received).toEqual([]);
  expect(network.stats().swallowed.toServer).toBe(1);
});

test('refuse: the status reaches the connection, and Retry-After is kept', () => {
  const { clock, network, connection } = stage();
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
  network.serve(URL);
  const fault = network.inject({ type: 'stall' });
  const connection = createConnection(URL, {
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
    const { clock, network, server, connection } = opened({ seed });
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

test('a disposed connection leaves no timer in the network', () => {
  const { clock, connection, network } = opened();
  connection.dispose();
  clock.advance(20);
  expect(clock.pending).toBe(0);
  expect(network.stats().open).toBe(0);
});

test('faults of bytes are none in a network of frames', () => {
  const { network } = stage();
  const spec = { type: 'bandwidth', bytesPerSecond: 5 } as unknown as SimulatedFaultSpec;
  expect(() => network.inject(spec)).toThrow(/^type: /u);
});
