import { expect, test } from 'vitest';
import { connectionOver, countedWebSocket } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, reached, withResolvers } from '../fixtures/events.ts';
import { startServer } from '../fixtures/server.ts';

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const texts = (from: number, to: number): string[] => numbers(from, to).map(String);

test('what was sent before connect() arrives first, in order', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });

  for (const n of numbers(1, 50)) expect(connection.send(n)).toBe('queued');
  await connection.connect().opened();
  for (const n of numbers(51, 100)) expect(connection.send(n)).toBe('sent');

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(100)).toEqual(texts(1, 100));
});

test('what is sent while the connection is down arrives in order after it', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url, heartbeat: false }).connect();
  const first = await server.nextPeer();
  await connection.opened();
  connection.send(1);
  expect(await first.nextText()).toBe('1');
  const lost = nextEvent(connection, 'lost');

  first.socket.terminate();
  await lost;
  for (const n of numbers(2, 20)) expect(connection.send(n)).toBe('queued');

  const second = await server.nextPeer();
  await connection.opened();
  connection.send(21);
  expect(await second.nextTexts(20)).toEqual(texts(2, 21));
});

test('where the peer answers pings, the outbox waits for the pong of the new socket', async () => {
  const server = await startServer((peer, index) => {
    if (index === 1) peer.socket.pause();
  });
  const connection = connectionOver({ url: server.url, heartbeat: 'auto' });
  const pong = nextEvent(connection, 'heartbeat');
  await connection.connect().opened();
  await pong;
  const first = await server.nextPeer();
  first.socket.terminate();
  await nextEvent(connection, 'lost');
  connection.send('held');

  const second = await server.nextPeer();
  await reached(connection, 'connecting.proving');
  expect(connection.isConnected).toBe(false);
  expect(connection.stats().outbox.messages).toBe(1);
  second.socket.resume();

  await connection.opened();
  expect(await second.nextText()).toBe('held');
});

test('what a listener of `opened` sends comes behind what was held', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  connection.on('opened', () => connection.send('from opened'));
  connection.on('state', ({ state }) => {
    if (state === 'open') connection.send('from state');
  });
  connection.send('held');

  connection.connect();

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(3)).toEqual(['held', 'from state', 'from opened']);
});

test('what is sent during a flush comes behind what is being flushed', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  connection.on('outcome', ({ message, outcome }) => {
    if (outcome === 'sent' && typeof message === 'number') connection.send(`after ${message}`);
  });
  for (const n of numbers(1, 3)) connection.send(n);

  connection.connect();

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(6)).toEqual(['1', '2', '3', 'after 1', 'after 2', 'after 3']);
});

test('a socket whose send() is re-entered during a flush keeps the order', async () => {
  const server = await startServer();
  const { WebSocket } = countedWebSocket();
  class Chatty extends WebSocket {
    override send(data: never): void {
      super.send(data);
      if (String(data) === '1') connection.send('in between');
    }
  }
  const connection = connectionOver({ url: server.url, WebSocket: Chatty, heartbeat: false });
  for (const n of numbers(1, 3)) connection.send(n);

  connection.connect();

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(4)).toEqual(['1', '2', '3', 'in between']);
});

test('a link that dies in the middle of a flush keeps what was not handed over for the next socket', async () => {
  const server = await startServer();
  const { WebSocket, sockets } = countedWebSocket();
  class Dying extends WebSocket {
    override send(data: never): void {
      super.send(data);
      if (sockets.length === 1 && String(data) === '3') this.close(3000);
    }
  }
  const connection = connectionOver({ url: server.url, WebSocket: Dying, heartbeat: false });
  const outcomes = eventsOf(connection, 'outcome');
  for (const n of numbers(1, 6)) connection.send(n);

  connection.connect();

  const first = await server.nextPeer();
  expect(await first.nextTexts(3)).toEqual(['1', '2', '3']);
  await first.end();
  const second = await server.nextPeer();
  expect(await second.nextTexts(3)).toEqual(['4', '5', '6']);
  expect(first.unreadTexts).toEqual([]);
  expect(outcomes.map(({ message, outcome }) => [message, outcome])).toEqual(numbers(1, 6).map((n) => [n, 'sent']));
});

test('client.send events and send() share one order', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  const { actor } = connection;

  connection.send(1);
  actor.send({ type: 'client.send', message: 2 });
  connection.send(3);
  await connection.connect().opened();
  actor.send({ type: 'client.send', message: 4 });
  connection.send(5);

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(5)).toEqual(texts(1, 5));
});

test('deliver() tells that a held message has gone out', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  const { promise, resolve } = withResolvers<unknown>();

  void connection.deliver('held').then(resolve);
  connection.connect();

  expect(await promise).toEqual({ outcome: 'sent' });
});
