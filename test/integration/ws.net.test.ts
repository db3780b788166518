import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, withResolvers } from '../fixtures/events.ts';
import { startServer } from '../fixtures/server.ts';

test('connect() opens, and opened() resolves', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  const states = eventsOf(connection, 'state');

  expect(connection.connect()).toBe(connection);
  await connection.opened();

  expect(states.map(({ state }) => state)).toEqual(['connecting', 'open']);
  expect(connection).toMatchObject({ state: 'open', isConnected: true });
  expect(server.clients).toBe(1);
});

test('nothing dials before connect()', async () => {
  const server = await startServer();
  const asked: string[] = [];
  const connection = connectionOver({
    url: server.url,
    createSocket: (address) => {
      asked.push(address);
      return new WebSocket(address);
    },
  });

  expect(connection.send({ early: true })).toBe('queued');

  expect(connection.state).toBe('idle');
  expect(asked).toEqual([]);
});

test('an http: address is dialled as ws:, and a URL object is as good as text', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: new URL(`${server.url.replace('ws:', 'http:')}/path?q=1`) }).connect();

  const peer = await server.nextPeer();
  await connection.opened();

  expect(peer.request.url).toBe('/path?q=1');
});

test('objects go as JSON and arrive as objects', async () => {
  const server = await startServer(({ socket }) => {
    socket.on('message', (data: Buffer) => socket.send(`{"echo":${data.toString()}}`));
  });
  const connection = connectionOver({ url: server.url }).connect();
  await connection.opened();
  const answer = nextEvent(connection, 'message');

  expect(connection.send({ hello: 'wörld' })).toBe('sent');

  expect(await answer).toEqual({ message: { echo: { hello: 'wörld' } } });
  expect(await (await server.nextPeer()).nextText()).toBe('{"hello":"wörld"}');
});

test('a string goes as it is, whatever the codec, and raw text arrives as it is', async () => {
  const server = await startServer(({ socket }) => {
    socket.on('message', (data: Buffer) => socket.send(`not json: ${data.toString()}`));
  });
  const connection = connectionOver({ url: server.url, codec: 'raw' }).connect();
  await connection.opened();
  const answer = nextEvent(connection, 'message');

  connection.send('plain');

  expect(await answer).toEqual({ message: 'not json: plain' });
});

test('binary data arrives as an ArrayBuffer, and an ArrayBuffer is sent whole', async () => {
  const server = await startServer(({ socket }) => {
    socket.on('message', (data: Buffer) => socket.send(data));
  });
  const connection = connectionOver({ url: server.url }).connect();
  await connection.opened();
  const answer = nextEvent(connection, 'message');

  connection.send(Uint8Array.of(1, 2, 3).buffer);

  const { message } = await answer;
  expect(message).toBeInstanceOf(ArrayBuffer);
  expect(new Uint8Array(message as ArrayBuffer)).toEqual(Uint8Array.of(1, 2, 3));
  expect((await (await server.nextPeer()).nextFrame()).isBinary).toBe(true);
});

test.each([
  ['sent straight away', true],
  ['held until open', false],
])('a view sends its window and nothing around it: %s', async (_, isOpenFirst) => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  if (isOpenFirst) await connection.connect().opened();
  const whole = Uint8Array.of(9, 1, 2, 3, 9);

  connection.send(whole.subarray(1, 4));
  connection.send(new DataView(whole.buffer, 2, 2));
  connection.connect();

  const peer = await server.nextPeer();
  expect([...(await peer.nextFrame()).data]).toEqual([1, 2, 3]);
  expect([...(await peer.nextFrame()).data]).toEqual([2, 3]);
});

test('a Blob arrives as its bytes, in its place', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });

  connection.send('before');
  connection.send(new Blob(['blob']));
  connection.send('after');
  connection.connect();

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(3)).toEqual(['before', 'blob', 'after']);
});

test('the protocol that the server chose is told', async () => {
  const server = await startServer(undefined, { handleProtocols: () => 'chat.v2' });
  const connection = connectionOver({ url: server.url, protocols: ['chat.v1', 'chat.v2'] });
  const event = nextEvent(connection, 'opened');

  connection.connect();

  expect(await event).toEqual({ attempt: 0, protocol: 'chat.v2' });
});

test('a server that agrees to none of the protocols is a failed attempt', async () => {
  const server = await startServer(undefined, { handleProtocols: () => false });
  const connection = connectionOver({ url: server.url, protocols: 'chat.v1', retry: { maxAttempts: 0 } });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  const { error } = await failed;
  expect(error.code).toBe('attempts-exhausted');
  expect(error.cause).toMatchObject({ message: 'Server sent no subprotocol' });
});

test('createSocket makes the socket: the server sees its headers', async () => {
  const server = await startServer();
  const connection = connectionOver({
    url: `${server.url}/private`,
    protocols: 'chat.v1',
    createSocket: (url, protocols, { attempt, reason }) =>
      new WebSocket(url, protocols, { headers: { authorization: 'Bearer abc', 'x-attempt': `${attempt} ${reason}` } }),
  });

  await connection.connect().opened();

  const { request } = await server.nextPeer();
  expect(request.url).toBe('/private');
  expect(request.headers).toMatchObject({
    authorization: 'Bearer abc',
    'x-attempt': '0 first',
    'sec-websocket-protocol': 'chat.v1',
  });
});

test('messages that come right behind the handshake are heard', async () => {
  const server = await startServer(({ socket }) => {
    socket.send('{"n":1}');
    socket.send('{"n":2}');
  });
  const connection = connectionOver({ url: server.url });
  const { promise, resolve } = withResolvers();
  const seen: unknown[] = [];
  connection.onMessage((message) => {
    seen.push(message);
    if (seen.length === 2) resolve();
  });

  connection.connect();

  await promise;
  expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
});

test('onMessage hands over the event of the socket, too', async () => {
  const server = await startServer(({ socket }) => socket.send('{"n":1}'));
  const connection = connectionOver({ url: server.url });
  const { promise, resolve } = withResolvers<unknown>();
  connection.onMessage((_, event) => resolve(event));

  connection.connect();

  expect(await promise).toMatchObject({ type: 'message', data: '{"n":1}' });
});

test('a listener that was taken away hears nothing more', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url }).connect();
  const peer = await server.nextPeer();
  const seen: unknown[] = [];
  const stop = connection.onMessage((message) => seen.push(message));
  const first = nextEvent(connection, 'message');
  peer.socket.send('1');
  await first;

  stop();

  const second = nextEvent(connection, 'message');
  peer.socket.send('2');
  await second;
  expect(seen).toEqual([1]);
});
