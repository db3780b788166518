import { expect, onTestFinished, test } from 'vitest';
import { createConnection } from '../../src/index.ts';
import { createSimulatedNetwork, SimulatedClock } from '../../src/testing/index.ts';
import { openedStage, SERVER_URL, simulatedStage } from '../fixtures/simulatedStage.ts';

test('a handshake takes a round trip, and so does an echo', () => {
  const { clock, connection, heard, server } = simulatedStage();
  clock.advance(19);
  expect(connection.state).toBe('connecting');
  clock.advance(1);
  expect(connection.state).toBe('open');
  expect(server.peer.url).toBe(`${SERVER_URL}?token=1`);

  connection.send('hello');
  clock.advance(19);
  expect(heard).toEqual([]);
  clock.advance(1);

  expect(heard).toEqual(['hello']);
  expect(connection.stats()).toMatchObject({ roundTripMs: 20, heartbeat: 'answered' });
});

test('nothing happens unless the clock moves', async () => {
  const { connection } = simulatedStage({ latencyMs: 0 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.state).toBe('connecting');
});

test('a closing handshake runs in both directions', () => {
  const client = openedStage();
  client.connection.disconnect(3001, 'bye');
  client.clock.advance(20);
  expect(client.connection.getSnapshot().value).toEqual({ closed: 'done' });
  expect(client.server.peer.closed).toEqual({ code: 3001, reason: 'bye' });

  const server = openedStage();
  server.server.peer.close(4401, 'who?');
  server.clock.advance(30);
  expect(server.connection.getSnapshot().context.lastClose).toEqual({ code: 4401, reason: 'who?', wasClean: true });
  expect(server.server.peer.closed).toEqual({ code: 4401, reason: 'who?' });
  expect(server.network.stats().open).toBe(0);
});

test('what a server says as soon as it knows of its peer comes after the handshake', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock });
  network.serve(SERVER_URL, (peer) => peer.send('welcome'));
  const connection = createConnection<string>(SERVER_URL, {
    WebSocket: network.WebSocket,
    clock,
    codec: 'raw',
  }).connect();
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
    const connection = createConnection(SERVER_URL, {
      WebSocket: network.WebSocket,
      clock,
      protocols: ['v2', 'v1'],
    }).connect();
    onTestFinished(() => connection.dispose());
    connection.on('opened', ({ protocol }) => agreed.push(protocol));
    clock.advance(1);
  };
  network.serve(SERVER_URL);
  dial();
  network.serve(SERVER_URL, ({ protocols }) => protocols.at(-1));
  dial();
  expect(agreed).toEqual(['v2', 'v1']);
});

test('a server may refuse an upgrade, and knows of no peer then', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, hasPing: true });
  const server = network.serve(SERVER_URL, ({ url }) => (url.endsWith('good') ? undefined : { status: 403 }));
  const connection = createConnection(`${SERVER_URL}?token=bad`, { WebSocket: network.WebSocket, clock }).connect();
  onTestFinished(() => connection.dispose());
  clock.advance(1);
  expect(connection.state).toBe('failed');
  expect(server.peers).toEqual([]);
  expect(network.stats().open).toBe(0);
});

test('while the peer closes, the socket takes what is sent and drops it, as ws and browsers do', () => {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, latencyMs: 10, hasPing: true });
  const server = network.serve(SERVER_URL);
  const socket = new network.WebSocket(SERVER_URL);
  const heard: unknown[] = [];
  socket.onmessage = ({ data }: { data: unknown }) => heard.push(data);
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
  expect(heard).toEqual([]);
  // The handshake, the closing frame, the end.
  expect(network.stats().carried.toClient).toBe(3);
});

test.each([1005, 1006, 999, 5000])('a server cannot close with %d', (code) => {
  const { server } = openedStage();
  expect(() => server.peer.close(code)).toThrow(/^close\.code: /u);
});

test('where no server is, dialling fails, and one that comes up is found', () => {
  const { clock, network, server, connection } = openedStage();
  server.close();
  clock.advance(300);
  expect(connection.state).not.toBe('open');

  const second = network.serve(SERVER_URL);
  server.close();
  clock.advance(200);

  expect(connection.state).toBe('open');
  expect(second.peers).toHaveLength(1);
});

test('a disposed connection leaves no timer in the network', () => {
  const { clock, connection, network } = openedStage();
  connection.dispose();
  clock.advance(20);
  expect(clock.pending).toBe(0);
  expect(network.stats().open).toBe(0);
});
