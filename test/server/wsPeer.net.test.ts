import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import { Outgoing } from '../../src/server/outgoing.ts';
import type { Peer } from '../../src/server/peer.ts';
import { WRITE_OVERHEAD_BYTES, wsAcceptor, wsPeer } from '../../src/server/wsPeer.ts';
import { Inbox, within, withResolvers } from '../fixtures/events.ts';
import { startServer } from '../fixtures/server.ts';
import { clientFrame, RawClient } from './rawClient.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

const batchOf = (...texts: string[]): Outgoing[] => texts.map((text) => new Outgoing(text));

/** What a peer tells, to be awaited. */
function heard(peer: Peer) {
  const told = {
    texts: new Inbox<string>('text of a peer'),
    others: new Inbox<'binary' | 'alive' | 'drained'>('word of a peer'),
    closed: withResolvers<number>(),
  };
  peer.listen({
    text: (text) => told.texts.put(text),
    binary: () => told.others.put('binary'),
    alive: () => told.others.put('alive'),
    drained: () => told.others.put('drained'),
    closed: (code) => told.closed.resolve(code),
  });
  return { ...told, end: () => within('the end of a peer', told.closed.promise) };
}

/** A hub's end and a raw other end, through `wsAcceptor`. */
async function connected({ payloadBytes = 65_536, offers }: { payloadBytes?: number; offers?: string } = {}) {
  const upgrade = wsAcceptor(payloadBytes);
  const accepted = new Inbox<{ peer: Peer; stream: Duplex }>('peer');
  const server = createServer();
  server.on('upgrade', (request, stream, head) => {
    const peer = upgrade(request, stream, head);
    if (peer !== undefined) accepted.put({ peer, stream });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const client = await RawClient.connect((server.address() as AddressInfo).port);
  client.ask('/', { 'Sec-WebSocket-Protocol': offers, 'Sec-WebSocket-Extensions': 'permessage-deflate' });
  const answer = await client.readAnswer();
  const { peer, stream } = await accepted.next();
  return { peer, stream, client, answer, told: heard(peer) };
}

/** A network that takes what is written when it is told to. */
class Held extends Duplex {
  readonly written: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];

  override _read(): void {
    // Nothing ever comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length === 0) return done();
    this.written.push(chunk);
    this.#waiting.push(done);
  }

  letGo(): void {
    this.#waiting.shift()?.();
  }
}

function overHeld() {
  const stream = new Held();
  const request = {
    method: 'GET',
    headers: {
      upgrade: 'websocket',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-version': '13',
    },
  };
  const peer = wsAcceptor(65_536)(request as unknown as IncomingMessage, stream, Buffer.alloc(0)) as Peer;
  return { stream, peer, told: heard(peer) };
}

function otherEnd(url: string): WebSocket {
  const client = new WebSocket(url);
  client.on('error', () => undefined);
  onTestFinished(() => client.terminate());
  return client;
}

/** Until what is on the way through Node's streams has arrived. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** As much of a WebSocket of `ws` as a peer uses; its inside can be other than it was. */
function standIn(inside: object) {
  const sent: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    readyState: WebSocket.OPEN,
    extensions: '',
    bufferedAmount: 0,
    send: (text: string) => sent.push(text),
    ...inside,
  });
  return { sent, peer: wsPeer(socket as unknown as WebSocket) };
}

const idle = { _state: 0, _queue: [], _bufferedBytes: 0, _firstFragment: true };

describe('the inside of ws', () => {
  it('is what the short way past it was written for', async () => {
    const server = await startServer();
    const client = otherEnd(server.url);
    const { socket } = await server.nextPeer();
    expect(socket).toMatchObject({ _isServer: true, _sender: idle, extensions: '' });
    expect((socket as unknown as { _socket: unknown })._socket).toBeInstanceOf(Socket);
    expect(client).toMatchObject({ _isServer: false });
  });

  it('shows while it deflates that what is sent now has to wait', async () => {
    const server = await startServer(undefined, { perMessageDeflate: { threshold: 0 } });
    otherEnd(server.url);
    const { socket } = await server.nextPeer();
    socket.send('first');
    socket.send('second');
    expect(socket.extensions).toBe('permessage-deflate');
    expect(socket).toMatchObject({ _sender: { _state: 1, _queue: [expect.anything()], _bufferedBytes: 11 } });
  });

  it('shows while a message is under way in several frames', async () => {
    const server = await startServer();
    otherEnd(server.url);
    const { socket } = await server.nextPeer();
    socket.send('half', { fin: false });
    expect(socket).toMatchObject({ _sender: { _firstFragment: false } });
  });

  it('is passed by where it is known', () => {
    const stream = new Held();
    const { sent, peer } = standIn({ _isServer: true, _socket: stream, _sender: { ...idle } });
    peer.send(batchOf('a'));
    expect(sent).toEqual([]);
    expect(stream.written).toHaveLength(1);
  });

  const known = () => ({ _isServer: true, _socket: new Held(), _sender: { ...idle } });
  it.each([
    ['_isServer', { ...known(), _isServer: undefined }],
    ['_isServer of a client', { ...known(), _isServer: false }],
    ['_socket', { ...known(), _socket: undefined }],
    ['_socket.cork', { ...known(), _socket: { write: () => true } }],
    ['_sender', { ...known(), _sender: undefined }],
    ['_sender._state', { ...known(), _sender: { ...idle, _state: undefined } }],
    ['_sender._queue', { ...known(), _sender: { ...idle, _queue: new Map() } }],
    ['_sender._bufferedBytes', { ...known(), _sender: { ...idle, _bufferedBytes: 0n } }],
    ['_sender._firstFragment', { ...known(), _sender: { ...idle, _firstFragment: 1 } }],
    ['deflate', { ...known(), extensions: 'permessage-deflate' }],
  ])('is left to itself where it is another: %s', (_name, inside) => {
    const { sent, peer } = standIn(inside);
    peer.send(batchOf('a', 'b'));
    expect(sent).toEqual(['a', 'b']);
  });

  it.each([{ _state: 1 }, { _queue: [1] }, { _bufferedBytes: 1 }, { _firstFragment: false }])(
    'is not overtaken while something waits in it: %j',
    (busy) => {
      const sender = { ...idle };
      const stream = new Held();
      const { sent, peer } = standIn({ _isServer: true, _socket: stream, _sender: sender });
      Object.assign(sender, busy);
      peer.send(batchOf('later'));
      expect(sent).toEqual(['later']);
      Object.assign(sender, idle);
      peer.send(batchOf('at once'));
      expect(sent).toEqual(['later']);
      expect(stream.written).toHaveLength(1);
    },
  );
});

describe('a batch', () => {
  it('goes out in one write, and arrives as the frames that it is made of', async () => {
    const { peer, stream, client } = await connected();
    const texts = ['', 'a', 'x'.repeat(125), 'y'.repeat(126), 'ä€😀', 'z'.repeat(40_000)];
    const write = vi.spyOn(stream, 'write');
    peer.send(batchOf(...texts));
    expect(write).toHaveBeenCalledTimes(1);
    for (const text of texts) {
      const { opcode, payload } = await client.readFrame();
      expect(opcode).toBe(TEXT);
      expect(payload.toString() === text).toBe(true);
    }
  });

  it('of large frames goes out uncopied and whole', async () => {
    const { peer, stream, client } = await connected();
    const batch = batchOf('a'.repeat(65_535), 'b'.repeat(65_536), 'c');
    const write = vi.spyOn(stream, 'write');
    peer.send(batch);
    expect(write.mock.calls.map(([chunk]) => chunk as unknown)).toEqual(batch.map(({ wire }) => wire));
    expect(stream.writableCorked).toBe(0);
    expect(await client.readText()).toHaveLength(65_535);
    expect(await client.readText()).toHaveLength(65_536);
    expect(await client.readText()).toBe('c');
  });

  it('that goes to many peers is joined once', () => {
    const batch = batchOf('a', 'b', 'c');
    const peers = [overHeld(), overHeld(), overHeld()];
    for (const { peer } of peers) peer.send([...batch]);
    for (const { stream } of peers) stream.letGo();
    const [first, ...others] = peers.map(({ stream }) => stream.written[1]);
    expect(first).toHaveLength(9);
    for (const other of others) expect(other).toBe(first);
  });

  it.each([
    ['longer', (a: Outgoing, b: Outgoing) => [a, b, b]],
    ['turned round', (a: Outgoing, b: Outgoing) => [b, a]],
    ['equal in length only', (a: Outgoing) => [a, new Outgoing('c')]],
  ])('is not taken for another that is %s', (_name, other) => {
    const [a, b] = batchOf('a', 'b') as [Outgoing, Outgoing];
    const { peer, stream } = overHeld();
    stream.letGo();
    peer.send([a, b]);
    stream.letGo();
    peer.send(other(a, b));
    expect(stream.written[2]).toEqual(Buffer.concat(other(a, b).map(({ wire }) => wire)));
  });

  it('of nothing writes nothing', () => {
    const { peer, stream } = overHeld();
    peer.send([]);
    stream.letGo();
    expect(stream.written).toHaveLength(1);
    expect(stream.writableLength).toBe(0);
  });

  it('keeps its place among pings, pongs and the close frame', async () => {
    const { peer, client } = await connected();
    peer.send(batchOf('1', '2'));
    peer.ping();
    peer.send(batchOf('3'));
    peer.close(4_413, 'slow');
    peer.send(batchOf('too late'));
    const frames = [];
    for (let i = 0; i < 5; i++) frames.push(await client.readFrame());
    expect(frames.map(({ opcode }) => opcode)).toEqual([TEXT, TEXT, PING, TEXT, CLOSE]);
    expect(frames[4]?.payload.readUInt16BE()).toBe(4_413);
    client.write(clientFrame(CLOSE, frames[4]?.payload as Buffer));
    expect(await client.readRest()).toBe('');
  });

  it('keeps its place where the messages are deflated', async () => {
    const server = await startServer(undefined, { perMessageDeflate: { threshold: 0 } });
    const client = otherEnd(server.url);
    const inbox = new Inbox<string>('message');
    client.on('message', (data) => inbox.put((data as Buffer).toString()));
    client.on('ping', () => inbox.put('ping'));
    client.on('close', (code) => inbox.put(`close ${code}`));
    const { socket } = await server.nextPeer();
    const peer = wsPeer(socket);
    peer.send(batchOf('x'.repeat(50_000), '2'));
    peer.ping();
    peer.send(batchOf('3'));
    expect(peer.bufferedAmount).toBeGreaterThan(50_000);
    peer.close(4_000, '');
    expect((await inbox.take(5)).map((text) => text.slice(0, 10))).toEqual([
      'xxxxxxxxxx',
      '2',
      'ping',
      '3',
      'close 4000',
    ]);
  });
});

describe('what waits', () => {
  it('is counted until the network has taken it, in bytes and writes, and that is told once, however little it was', async () => {
    const { peer, stream, told } = overHeld();
    stream.letGo();
    await turn();
    expect(peer.bufferedAmount).toBe(0);
    peer.send(batchOf('a', 'b'));
    expect(peer.bufferedAmount).toBe(6 + WRITE_OVERHEAD_BYTES);
    peer.send(batchOf('c'));
    expect(peer.bufferedAmount).toBe(9 + 2 * WRITE_OVERHEAD_BYTES);
    stream.letGo();
    await turn();
    expect(peer.bufferedAmount).toBe(3 + WRITE_OVERHEAD_BYTES);
    expect(told.others.unread).toEqual([]);
    stream.letGo();
    expect(await told.others.next()).toBe('drained');
    expect(peer.bufferedAmount).toBe(0);
    await turn();
    expect(told.others.unread).toEqual([]);
  });

  it('is counted frame by frame where a batch is too large to be joined', async () => {
    const { peer, stream, told } = overHeld();
    stream.letGo();
    peer.send(batchOf(...Array.from({ length: 7 }, () => 'x'.repeat(10_000))));
    expect(peer.bufferedAmount).toBe(7 * (10_004 + WRITE_OVERHEAD_BYTES));
    for (let i = 0; i < 7; i++) stream.letGo();
    expect(await told.others.next()).toBe('drained');
    expect(peer.bufferedAmount).toBe(0);
  });

  it('is counted likewise where ws itself writes', () => {
    const { peer } = standIn({});
    peer.send(batchOf('a', 'b'));
    expect(peer.bufferedAmount).toBe(2 * WRITE_OVERHEAD_BYTES);
  });

  it('is told to be gone although a ping waits behind it', async () => {
    const { peer, stream, told } = overHeld();
    stream.letGo();
    peer.send(batchOf('a'));
    peer.ping();
    stream.letGo();
    expect(await told.others.next()).toBe('drained');
  });

  it('is told to be gone each time anew', async () => {
    const { peer, stream, told } = overHeld();
    stream.letGo();
    for (let i = 0; i < 3; i++) {
      peer.send(batchOf('a'));
      stream.letGo();
      expect(await told.others.next()).toBe('drained');
    }
  });

  it('grows while the other end does not read, and is told to be gone when it does', async () => {
    const { peer, client, told } = await connected();
    client.socket.pause();
    const batch = batchOf('x'.repeat(60_000));
    while (peer.bufferedAmount < 1_000_000) peer.send(batch);
    client.socket.resume();
    expect(await told.others.next()).toBe('drained');
    expect(peer.bufferedAmount).toBe(0);
  });
});

describe('a peer that is closed or cut', () => {
  it('takes nothing, and throws nothing', async () => {
    const { peer, stream, told } = await connected();
    peer.terminate();
    const write = vi.spyOn(stream, 'write');
    const use = (): void => {
      peer.send(batchOf('a'));
      peer.send(batchOf('a', 'b'));
      peer.ping();
      peer.close(1_000, '');
      peer.terminate();
    };
    use();
    expect(await told.end()).toBe(1_006);
    use();
    expect(write).not.toHaveBeenCalled();
    expect(peer.bufferedAmount).toBe(0);
    expect(told.others.unread).toEqual([]);
  });

  it('has nothing waiting once it is gone, and says nothing of room', async () => {
    const { peer, stream, told } = overHeld();
    peer.send(batchOf('a'.repeat(1_000)));
    expect(peer.bufferedAmount).toBeGreaterThan(1_000);
    stream.destroy(new Error('ECONNRESET'));
    expect(await told.end()).toBe(1_006);
    stream.letGo();
    await turn();
    expect(peer.bufferedAmount).toBe(0);
    expect(told.others.unread).toEqual([]);
  });

  it('is told of a reset in the midst of a large write', async () => {
    const { peer, client, told } = await connected();
    client.socket.pause();
    const batch = batchOf('x'.repeat(60_000));
    while (peer.bufferedAmount < 200_000) peer.send(batch);
    client.socket.resetAndDestroy();
    expect(await told.end()).toBe(1_006);
    peer.send(batch);
    expect(peer.bufferedAmount).toBe(0);
  });

  it('can be cut where the other end answers no close frame', async () => {
    const { peer, client, told } = await connected();
    peer.close(4_408, 'silence');
    await client.readFrame();
    peer.send(batchOf('too late'));
    peer.terminate();
    expect(await told.end()).toBe(1_006);
    expect(await client.readRest()).toBe('');
  });

  it('is told of an end without a close frame', async () => {
    const { client, told } = await connected();
    client.socket.end();
    expect(await told.end()).toBe(1_006);
  });

  it('is told of the code that the other end closes with, and answers it', async () => {
    const { client, told } = await connected();
    client.write(clientFrame(CLOSE, Buffer.from([0x0f, 0xa1])));
    expect((await client.readFrame()).payload.readUInt16BE()).toBe(4_001);
    expect(await told.end()).toBe(4_001);
  });

  it.each([
    ['a'.repeat(200), 'a'.repeat(123)],
    ['€'.repeat(100), '€'.repeat(41)],
    ['brief', 'brief'],
  ])('gives as much of a reason as a close frame has room for, in whole characters: %s', async (reason, received) => {
    const { peer, client } = await connected();
    peer.close(4_000, reason);
    expect((await client.readFrame()).payload.subarray(2).toString()).toBe(received);
  });
});

describe('what the other end sends', () => {
  it('is told as text, however it is masked and cut in pieces', async () => {
    const { client, told } = await connected();
    client.write(clientFrame(TEXT, 'whole'));
    const [first, second, third] = [Buffer.from('€'), Buffer.from('uro'), Buffer.alloc(0)];
    client.write(clientFrame(TEXT, first.subarray(0, 1), { isFinal: false }));
    client.write(clientFrame(0, first.subarray(1), { isFinal: false }));
    client.write(clientFrame(PING, 'between'));
    client.write(clientFrame(0, second, { isFinal: false }));
    client.write(clientFrame(0, third));
    expect(await told.texts.take(2)).toEqual(['whole', '€uro']);
    expect(await client.readFrame()).toMatchObject({ opcode: PONG, payload: Buffer.from('between') });
  });

  it('is told byte by byte where it comes byte by byte', async () => {
    const { client, told } = await connected();
    for (const byte of clientFrame(TEXT, '{"type":"ping"}')) client.write(Buffer.from([byte]));
    expect(await told.texts.next()).toBe('{"type":"ping"}');
  });

  it('is told as binary without its content, and pings and pongs as life', async () => {
    const { peer, client, told } = await connected();
    client.write(clientFrame(BINARY, 'x'));
    client.write(clientFrame(PING, ''));
    peer.ping();
    await client.readFrame();
    client.write(clientFrame(PONG, ''));
    expect(await told.others.take(3)).toEqual(['binary', 'alive', 'alive']);
  });

  it.each([
    ['is no UTF-8', 1_007, clientFrame(TEXT, Buffer.from([0xc3, 0x28]))],
    ['is larger than the limit', 1_009, clientFrame(TEXT, 'x'.repeat(1_001))],
    ['is announced to be larger than the limit', 1_009, clientFrame(TEXT, Buffer.alloc(70_000)).subarray(0, 14)],
    ['is not masked', 1_002, clientFrame(TEXT, 'x', { isMasked: false })],
    ['continues nothing', 1_002, clientFrame(0, 'x')],
    ['uses an unknown opcode', 1_002, clientFrame(3, 'x')],
    ['is a ping in pieces', 1_002, clientFrame(PING, 'x', { isFinal: false })],
    [
      'is deflated although nobody agreed on that',
      1_002,
      Buffer.concat([Buffer.from([0xc1]), clientFrame(TEXT, 'x').subarray(1)]),
    ],
  ])('and %s is refused with %i', async (_name, code, bytes) => {
    const { client, told } = await connected({ payloadBytes: 1_000 });
    client.write(bytes);
    const { opcode, payload } = await client.readFrame();
    expect([opcode, payload.readUInt16BE()]).toEqual([CLOSE, code]);
    client.socket.end();
    expect(await told.end()).toBe(1_006);
    expect(told.texts.unread).toEqual([]);
  });

  it('and is as large as the limit is taken', async () => {
    const { client, told } = await connected({ payloadBytes: 1_000 });
    client.write(clientFrame(TEXT, 'x'.repeat(1_000)));
    expect(await told.texts.next()).toHaveLength(1_000);
  });

  it('and is larger than the limit in its pieces together is refused', async () => {
    const { client } = await connected({ payloadBytes: 1_000 });
    client.write(clientFrame(TEXT, 'x'.repeat(600), { isFinal: false }));
    client.write(clientFrame(0, 'x'.repeat(600), { isFinal: false }));
    expect((await client.readFrame()).payload.readUInt16BE()).toBe(1_009);
  });

  it('and is cut in pieces without end is refused', async () => {
    const { client } = await connected();
    client.write(clientFrame(TEXT, 'x', { isFinal: false }));
    const piece = clientFrame(0, '', { isFinal: false });
    client.write(Buffer.concat(Array.from({ length: 2_000 }, () => piece)));
    expect((await client.readFrame()).payload.readUInt16BE()).toBe(1_008);
  });
});

describe('an upgrade', () => {
  it.each([
    [SUBPROTOCOL, SUBPROTOCOL],
    [`secret.token, ${SUBPROTOCOL}`, SUBPROTOCOL],
    ['secret.token', undefined],
    [undefined, undefined],
  ])('that offers %s is answered with the subprotocol %s', async (offers, protocol) => {
    const { answer } = await connected(offers === undefined ? {} : { offers });
    expect(answer.status).toBe(101);
    expect(answer.headers.get('sec-websocket-protocol')).toBe(protocol);
  });

  it('agrees on no deflate', async () => {
    const { answer } = await connected();
    expect(answer.headers.has('sec-websocket-extensions')).toBe(false);
  });

  it('gives no peer where the other end has gone', () => {
    const stream = new Held();
    stream.destroy();
    const request = {
      method: 'GET',
      headers: { upgrade: 'websocket', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' },
    };
    expect(wsAcceptor(1_000)(request as unknown as IncomingMessage, stream, Buffer.alloc(0))).toBeUndefined();
  });

  it('takes any size where the limit has no bound', async () => {
    const { client, told } = await connected({ payloadBytes: Infinity });
    client.write(clientFrame(TEXT, 'x'.repeat(200_000)));
    expect(await told.texts.next()).toHaveLength(200_000);
  });
});
