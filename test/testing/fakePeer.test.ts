import { expect, onTestFinished, test } from 'vitest';
import { createConnection, type ConnectionOptions } from '../../src/index.ts';
import { createFakePeer, FakeNodeSocket, FakeSocket, SimulatedClock } from '../../src/testing/index.ts';

/** A connection to a fake peer, on a clock that the test moves. It has dialled. */
function dialled(options: Partial<ConnectionOptions<unknown, unknown>> = {}) {
  const clock = new SimulatedClock();
  const peer = createFakePeer({ hasPing: true });
  const connection = createConnection<unknown, unknown>('ws://peer.test/live', {
    WebSocket: peer.WebSocket,
    clock,
    retry: { baseMs: 1_000, jitter: 'none' },
    ...options,
  }).connect();
  onTestFinished(() => connection.dispose());
  return { clock, peer, connection };
}

test('a connection opens when the fake peer accepts, with the subprotocol it agrees on', () => {
  const { peer, connection } = dialled({ protocols: ['chat.v2', 'chat.v1'] });
  const agreed: string[] = [];
  connection.on('opened', ({ protocol }) => agreed.push(protocol));
  expect(connection.state).toBe('connecting');
  expect(peer.socket).toMatchObject({ url: 'ws://peer.test/live', protocols: ['chat.v2', 'chat.v1'] });

  peer.accept('chat.v1');

  expect(connection.state).toBe('open');
  expect(agreed).toEqual(['chat.v1']);
});

test.each([
  [['chat.v2', 'chat.v1'], undefined, 'chat.v2'],
  [['chat.v2', 'chat.v1'], 'chat.v1', 'chat.v1'],
  [[], undefined, ''],
  [['chat.v2'], 'chat.v9', undefined],
  [['chat.v2'], '', undefined],
  [[], 'chat.v9', undefined],
])(
  'offered %o, answered %o: the subprotocol is %o, undefined where the handshake breaks',
  (offered, answer, agreed) => {
    const peer = createFakePeer();
    const socket = new peer.WebSocket('ws://peer.test/', offered);
    const codes: number[] = [];
    socket.onclose = ({ code }: { code: number }) => codes.push(code);
    peer.accept(answer);
    expect(socket.readyState).toBe(agreed === undefined ? FakeSocket.CLOSED : FakeSocket.OPEN);
    expect(codes).toEqual(agreed === undefined ? [1006] : []);
    expect(socket.protocol).toBe(agreed ?? '');
  },
);

test('frames pass both ways, binary ones as binaryType says', () => {
  const { peer, connection } = dialled({ codec: 'raw' });
  const heard: unknown[] = [];
  connection.onMessage((message) => heard.push(message));
  peer.accept();

  connection.send('out');
  peer.send('in');
  peer.send(Uint8Array.of(1, 2));

  expect(peer.received).toEqual(['out']);
  expect(heard).toEqual(['in', Uint8Array.of(1, 2).buffer]);
});

test('binary data is as it was when it was sent', () => {
  const { peer, connection } = dialled({ codec: 'raw' });
  peer.accept();
  const bytes = Uint8Array.of(1);
  connection.send(bytes);
  bytes[0] = 9;
  expect(new Uint8Array(peer.received[0] as ArrayBuffer)[0]).toBe(1);
});

test('a peer that hangs up is dialled again, one socket at a time', () => {
  const { clock, peer, connection } = dialled({ heartbeat: false });
  peer.accept();

  peer.close(1012, 'restart');
  expect(connection.state).toBe('backoff');
  expect(peer.live).toBe(0);
  clock.advance(1_000);

  expect(peer.sockets).toHaveLength(2);
  expect(peer.live).toBe(1);
  peer.accept();
  expect(connection.state).toBe('open');
});

test('a link that breaks is one loss', () => {
  const { peer, connection } = dialled({ heartbeat: false });
  const lost: number[] = [];
  connection.on('lost', ({ close }) => lost.push(close.code));
  peer.accept();
  peer.fail();
  expect(lost).toEqual([1006]);
});

test('pings are answered oldest first, and once', () => {
  const { peer, connection } = dialled();
  peer.accept();
  expect(peer.pings).toHaveLength(1);

  expect(peer.pong()).toBe(true);

  expect(connection.stats().heartbeat).toBe('answered');
  expect(peer.pings).toEqual([]);
  expect(peer.pong()).toBe(false);
});

test('a refused upgrade tells its status and Retry-After to sockets as of ws', () => {
  const { peer, connection } = dialled();
  const delays: number[] = [];
  connection.on('retrying', ({ delayMs }) => delays.push(delayMs));
  peer.refuse(503, { 'retry-after': '90' });
  expect(delays).toEqual([90_000]);
  expect(connection.getSnapshot().context.lastClose?.code).toBe(4503);
});

test('the closing handshake begins when the connection hangs up and ends when the peer says so', () => {
  const { peer, connection } = dialled();
  peer.accept();

  connection.disconnect(3001, 'bye');
  expect(peer.closings).toEqual([{ code: 3001, reason: 'bye' }]);
  expect(connection.getSnapshot().value).toEqual({ closed: 'closing' });
  peer.close(3001, 'bye');

  expect(connection.getSnapshot().value).toEqual({ closed: 'done' });
});

test('before anybody has dialled there is no socket', () => {
  expect(() => createFakePeer().socket).toThrow(expect.objectContaining({ code: 'unavailable' }));
});

test.each(['not an address', 'ftp://peer.test/', 'ws://peer.test/#part'])('%s cannot be dialled', (url) => {
  const { WebSocket } = createFakePeer();
  expect(() => new WebSocket(url)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
});

test('an address becomes that of a WebSocket, and subprotocols are offered once each', () => {
  const { WebSocket } = createFakePeer();
  expect(new WebSocket(new URL('https://peer.test')).url).toBe('wss://peer.test/');
  expect(() => new WebSocket('ws://peer.test/', ['chat', 'chat'])).toThrow(
    expect.objectContaining({ name: 'SyntaxError' }),
  );
});

test.each([
  ['in a browser', false, []],
  ['of ws', true, ['late']],
])('while it closes, a socket %s hears what it would hear', (_, hasPing, heard) => {
  const peer = hasPing ? createFakePeer({ hasPing }) : createFakePeer();
  const socket = new peer.WebSocket('ws://peer.test/');
  expect(socket instanceof FakeNodeSocket).toBe(hasPing);
  const seen: unknown[] = [];
  socket.onmessage = ({ data }: { data: unknown }) => seen.push(data);
  peer.accept();
  socket.close();
  peer.send('late');
  expect(seen).toEqual(heard);
});

test('listeners may be objects, and may be for once', () => {
  const peer = createFakePeer();
  const socket = new peer.WebSocket('ws://peer.test/');
  const seen: string[] = [];
  socket.addEventListener('message', { handleEvent: ({ data }: { data: string }) => seen.push(`object ${data}`) });
  socket.addEventListener('message', ({ data }: { data: string }) => seen.push(`once ${data}`), { once: true });
  peer.accept();
  peer.send('1');
  peer.send('2');
  expect(seen).toEqual(['object 1', 'once 1', 'object 2']);
});

test('the socket keeps to the rules of WHATWG WebSockets', () => {
  const peer = createFakePeer();
  const socket = new peer.WebSocket('ws://peer.test/', 'chat');
  const seen: string[] = [];
  socket.onopen = ({ type }: { type: string }) => seen.push(`on${type}`);
  const listener = ({ type }: { type: string }): void => void seen.push(type);
  for (const name of ['open', 'message', 'close'] as const) socket.addEventListener(name, listener);
  socket.removeEventListener('message', listener);

  expect(() => socket.send('too early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
  expect(() => socket.close(1001)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }));
  expect(() => socket.close(1000, 'ü'.repeat(62))).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
  peer.accept();
  peer.send('nobody hears it');
  socket.send('sent');
  socket.close();
  socket.close();
  socket.send('too late');
  peer.close();
  peer.close();

  expect(seen).toEqual(['onopen', 'open', 'close']);
  expect(peer.received).toEqual(['sent']);
  expect(peer.closings).toEqual([{ code: undefined, reason: '' }]);
  expect(socket.readyState).toBe(FakeSocket.CLOSED);
  expect('ping' in socket).toBe(false);
});
