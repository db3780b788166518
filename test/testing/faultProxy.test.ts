import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFaultProxy, SimulatedClock, type FaultProxyOptions, type FaultSpec } from '../../src/testing/index.ts';
import { startServer } from '../fixtures/server.ts';
import { Client, startProxy } from '../fixtures/proxy.ts';

/** A server that says everything back, a proxy before it, and a client that is through. */
async function stage(options: Partial<FaultProxyOptions> = {}) {
  const server = await startServer((peer) => {
    peer.socket.on('message', (data: Buffer, isBinary) => peer.socket.send(data, { binary: isBinary }));
  });
  const proxy = await startProxy(server.port, options);
  const client = new Client(proxy.url('/live'));
  await client.opened();
  return { server, proxy, client, peer: await server.nextPeer() };
}

/** What a server answers to an upgrade. RFC 6455 §4.2.2. */
function handshake(request: string): Buffer {
  const [, key = ''] = /sec-websocket-key: (\S+)/iu.exec(request) ?? [];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return Buffer.from(`${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
}

/** A text as a server frames it. RFC 6455 §5.2. */
function textFrame(text: string): Buffer {
  const { length } = text;
  const long = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (long.length === 2) long.writeUInt16BE(length);
  if (long.length === 8) long.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([
    Buffer.of(0x81, [length, 126, 127][[0, 2, 8].indexOf(long.length)] ?? 0),
    long,
    Buffer.from(text),
  ]);
}

const aborted = { code: 1006, reason: '' };

test('without a fault everything passes, path and all, and is counted', async () => {
  const { proxy, client, peer } = await stage();
  client.socket.send('hello');

  expect(await client.nextText()).toBe('hello');
  expect(peer.request.url).toBe('/live');
  const { connections, open, passed, swallowed, faults } = proxy.stats();
  expect({ connections, open, swallowed, faults }).toEqual({
    connections: 1,
    open: 1,
    swallowed: { toServer: 0, toClient: 0 },
    faults: {},
  });
  expect(passed.toServer).toBeGreaterThan('hello'.length);
  expect(passed.toClient).toBeGreaterThan('hello'.length);
});

test('a closing handshake passes both ways', async () => {
  const { client, peer, proxy } = await stage();

  client.socket.close(3001, 'bye');

  expect(await peer.end()).toEqual({ code: 3001, reason: 'bye' });
  expect(await client.ended()).toMatchObject({ code: 3001 });
  await vi.waitFor(() => expect(proxy.stats().open).toBe(0));
});

test('a server that is not there is a reset to the client', async () => {
  const server = await startServer();
  const proxy = await startProxy(server.port);
  await server.stop();

  const client = new Client(proxy.url());

  expect(await client.ended()).toMatchObject({ ...aborted, error: { code: 'ECONNRESET' } });
});

test('reset: existing connections get a RST on both sides, the next one is fine', async () => {
  const { server, proxy, client, peer } = await stage();

  const fault = proxy.inject({ type: 'reset' });

  expect(fault).toMatchObject({ isActive: false, applied: 1 });
  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
  await new Client(proxy.url()).opened();
  expect(await server.nextPeer()).toBeDefined();
});

test('reset of new connections lasts until it ends and leaves the old ones alone', async () => {
  const { proxy, client } = await stage();
  const fault = proxy.inject({ type: 'reset', on: 'new' });

  expect(await new Client(proxy.url()).ended()).toMatchObject(aborted);
  client.socket.send('still there');
  expect(await client.nextText()).toBe('still there');
  await fault.end();
  await new Client(proxy.url()).opened();

  expect(fault).toMatchObject({ isActive: false, applied: 1 });
});

test.each([
  ['toServer', [], ['to the client']],
  ['toClient', ['to the server'], []],
  ['both', [], []],
] as const)('blackhole %s: only that way is swallowed, and nobody is told', async (direction, atServer, atClient) => {
  const server = await startServer();
  const proxy = await startProxy(server.port);
  const client = new Client(proxy.url());
  await client.opened();
  const peer = await server.nextPeer();

  const fault = proxy.inject({ type: 'blackhole', direction });
  client.socket.send('to the server');
  peer.socket.send('to the client');

  for (const text of atServer) expect(await peer.nextText()).toBe(text);
  for (const text of atClient) expect(await client.nextText()).toBe(text);
  const ways = direction === 'both' ? (['toServer', 'toClient'] as const) : [direction];
  await vi.waitFor(() => {
    for (const way of ways) expect(proxy.stats().swallowed[way]).toBeGreaterThan(0);
  });
  expect([client.socket.readyState, peer.socket.readyState]).toEqual([1, 1]);
  expect([client.unreadTexts, peer.unreadTexts]).toEqual([[], []]);
  expect(fault.applied).toBe(1);
});

test('after a blackhole, a connection that lost something is reset by the next byte; one that lost nothing goes on', async () => {
  const { proxy, client, server } = await stage();
  const quiet = new Client(proxy.url());
  await quiet.opened();
  await server.nextPeer();
  const fault = proxy.inject({ type: 'blackhole', direction: 'toServer' });
  client.socket.send('lost');
  await vi.waitFor(() => expect(proxy.stats().swallowed.toServer).toBeGreaterThan(0));

  await fault.end();
  quiet.socket.send('not lost');
  client.socket.send('after a hole');

  expect(await quiet.nextText()).toBe('not lost');
  expect(await client.ended()).toMatchObject(aborted);
});

test('a blackhole hides the end of one side from the other, until it is over', async () => {
  const { proxy, client, peer } = await stage();
  const fault = proxy.inject({ type: 'blackhole' });
  client.socket.terminate();
  await client.ended();
  expect(peer.socket.readyState).toBe(1);

  await vi.waitFor(() => expect(proxy.stats().open).toBe(1));
  await fault.end();

  expect(await peer.end()).toEqual(aborted);
});

test('half-open: the server is gone, the client waits in silence, and meets a reset after the fault', async () => {
  const { proxy, client, peer } = await stage();

  const fault = proxy.inject({ type: 'halfOpen' });
  expect(await peer.end()).toEqual(aborted);
  client.socket.send('into the void');
  await vi.waitFor(() => expect(proxy.stats().swallowed.toServer).toBeGreaterThan(0));
  expect(client.socket.readyState).toBe(1);

  await fault.end();
  expect(client.socket.readyState).toBe(1);
  client.socket.send('anybody there?');

  expect(await client.ended()).toMatchObject(aborted);
});

test('a reset is a RST of TCP, no orderly end', async () => {
  const { proxy } = await stage();
  const raw = connect(Number(new URL(proxy.url()).port), '127.0.0.1');
  const failed = once(raw, 'error');
  await once(raw, 'connect');
  await vi.waitFor(() => expect(proxy.stats().open).toBe(2));

  proxy.inject({ type: 'reset' });

  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

/** A stage whose proxy goes by a clock that the test moves; `held(n)`: until so many bytes wait in it. */
async function timedStage(options: Partial<FaultProxyOptions> = {}) {
  const clock = new SimulatedClock();
  const staged = await stage({ clock, ...options });
  const held = (bytes: number) => vi.waitFor(() => expect(staged.proxy.stats().held.toServer).toBe(bytes));
  return { ...staged, clock, held };
}
/** What a client of `ws` adds to a short frame. Unit bytes. */
const HEADER_BYTES = 6;

test('latency holds what is sent for so long, and then lets it go', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const { passed } = proxy.stats();
  proxy.inject({ type: 'latency', delayMs: 20, direction: 'toServer' });
  client.socket.send('later');
  await held(HEADER_BYTES + 5);

  clock.advance(19);
  expect(proxy.stats().passed).toEqual(passed);
  clock.advance(1);

  expect(await client.nextText()).toBe('later');
  expect(clock.pending).toBe(0);
});

test('jitter keeps the order of what is sent', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const texts = Array.from({ length: 30 }, (_, index) => String(index).padStart(2, '0'));
  proxy.inject({ type: 'latency', delayMs: 5, jitterMs: 500, direction: 'toServer' });
  for (const [index, text] of texts.entries()) {
    client.socket.send(text);
    await held((index + 1) * (HEADER_BYTES + 2));
  }

  clock.advance(505);

  expect(await client.nextTexts(30)).toEqual(texts);
});

/** When each of ten frames passed, in ms, for a seed. */
async function moments(seed: number): Promise<number[]> {
  const { proxy, client, clock, held } = await timedStage({ seed });
  proxy.inject({ type: 'latency', jitterMs: 1_000, direction: 'toServer' });
  const seen: number[] = [];
  for (let index = 0; index < 10; index++) {
    client.socket.send('x');
    await held(HEADER_BYTES + 1);
    while (proxy.stats().held.toServer > 0) clock.advance(1);
    seen.push(clock.now());
  }
  return seen;
}

test('the same seed gives the same jitter, another one another', async () => {
  const [once, again, other] = [await moments(7), await moments(7), await moments(8)];
  expect(again).toEqual(once);
  expect(other).not.toEqual(once);
});

test('when latency ends, nothing overtakes what is still on its way', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const fault = proxy.inject({ type: 'latency', delayMs: 40, direction: 'toServer' });
  client.socket.send('slow');
  await held(HEADER_BYTES + 4);
  await fault.end();
  client.socket.send('fast');
  await held(2 * (HEADER_BYTES + 4));

  clock.advance(40);

  expect(await client.nextTexts(2)).toEqual(['slow', 'fast']);
});

test('bandwidth: so many bytes take so much time, whole and in order', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const text = Array.from({ length: 102 }, (_, index) => String(index % 10)).join('');
  const before = proxy.stats().passed.toServer;
  const passed = () => proxy.stats().passed.toServer - before;
  proxy.inject({ type: 'bandwidth', bytesPerSecond: 1_000, direction: 'toServer' });
  client.socket.send(text);

  // The first ten bytes, worth ten milliseconds of the line, go at once.
  await held(HEADER_BYTES + 102 - 10);
  clock.advance(50);
  expect(passed()).toBe(60);
  clock.advance(50);

  expect(passed()).toBe(HEADER_BYTES + 102);
  expect(await client.nextText()).toBe(text);
});

test('a narrow line makes the sender wait and lets all pass once it is wide again', async () => {
  const { proxy, client } = await stage();
  const text = 'x'.repeat(8 * 1024 * 1024);
  const fault = proxy.inject({ type: 'bandwidth', bytesPerSecond: 1_000, direction: 'toServer' });
  client.socket.send(text);
  await vi.waitFor(() => expect(proxy.stats().passed.toServer).toBeGreaterThan(200));
  expect(client.socket.bufferedAmount).toBeGreaterThan(0);

  await fault.end();

  expect((await client.nextText()).length).toBe(text.length);
});

test.each([
  [{ type: 'refuse' }, 503, undefined],
  [{ type: 'refuse', status: 429, retryAfterSeconds: 7 }, 429, '7'],
  [{ type: 'refuse', status: 401 }, 401, undefined],
] as const)('%o: the upgrade is answered with HTTP %i', async (spec, status, retryAfter) => {
  const { proxy, client } = await stage();
  const fault = proxy.inject(spec);
  const { socket } = new Client(proxy.url());

  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number; headers: Record<string, string> },
  ];

  expect(response.statusCode).toBe(status);
  expect(response.headers['retry-after']).toBe(retryAfter);
  client.socket.send('old ones are left alone');
  await client.nextText();
  await fault.end();
  await new Client(proxy.url()).opened();
});

test('stall: new connections are accepted and never hear a word, not after the fault either', async () => {
  const { server, proxy } = await stage();
  const fault = proxy.inject({ type: 'stall' });
  const raw = connect(Number(new URL(proxy.url()).port), '127.0.0.1');
  const heard: unknown[] = [];
  raw.on('data', (bytes) => heard.push(bytes)).on('error', () => undefined);
  await once(raw, 'connect');
  raw.write('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
  await vi.waitFor(() => expect(proxy.stats().connections).toBe(2));

  await fault.end();
  await new Client(proxy.url()).opened();
  await server.nextPeer();

  expect(heard).toEqual([]);
  expect(raw.destroyed).toBe(false);
  expect(proxy.stats()).toMatchObject({ open: 3, faults: { stall: 1 } });
  raw.destroy();
});

test('truncate: so many bytes pass, then comes a reset', async () => {
  const { proxy, client, peer } = await stage();
  const { passed } = proxy.stats();
  // A frame of 5 bytes payload has 2 bytes of header: the second one is cut in its middle.
  proxy.inject({ type: 'truncate', afterBytes: 10 });

  peer.socket.send('first');
  peer.socket.send('second');

  expect(await client.nextText()).toBe('first');
  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
  expect(proxy.stats().passed.toClient - passed.toClient).toBe(10);
});

test('truncate of new connections cuts the handshake', async () => {
  const { proxy, server } = await stage();
  proxy.inject({ type: 'truncate', on: 'new', direction: 'toServer', afterBytes: 30 });

  expect(await new Client(proxy.url()).ended()).toMatchObject(aborted);
  expect(server.clients).toBe(1);
});

test('close: the client gets the code and reason in a whole closing frame', async () => {
  const { proxy, client, peer } = await stage();

  proxy.inject({ type: 'close', code: 4503, reason: 'maintenance' });

  expect(await client.ended()).toEqual({ code: 4503, reason: 'maintenance', error: undefined });
  expect(await peer.end()).toEqual(aborted);
  await new Client(proxy.url()).opened();
});

test('close waits for the end of a frame that is on its way, of whatever length', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const proxy = await startProxy((server.address() as AddressInfo).port);
  for (const length of [1, 125, 126, 70_000]) {
    const client = new Client(proxy.url());
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined);
    const [request] = (await once(socket, 'data')) as [Buffer];
    const frame = textFrame('x'.repeat(length));
    const upgraded = handshake(request.toString('latin1'));
    // All but the last byte, so that the fault comes in the middle.
    const before = proxy.stats().passed.toClient;
    socket.write(Buffer.concat([upgraded, frame.subarray(0, -1)]));
    await vi.waitFor(() => {
      expect(proxy.stats().passed.toClient - before).toBe(upgraded.length + frame.length - 1);
    });

    proxy.inject({ type: 'close', code: 1012 });
    expect(client.unreadTexts).toEqual([]);
    socket.write(Buffer.concat([frame.subarray(-1), textFrame('too late')]));

    expect((await client.nextText()).length).toBe(length);
    expect(await client.ended()).toEqual({ code: 1012, reason: '', error: undefined });
    expect(client.unreadTexts).toEqual([]);
  }
});

test('close of new connections lets the handshake through first', async () => {
  const { proxy } = await stage();
  proxy.inject({ type: 'close', on: 'new', code: 1013 });
  const client = new Client(proxy.url());

  await client.opened();
  expect(await client.ended()).toMatchObject({ code: 1013 });
});

test('down: existing connections are reset, new ones refused; then it is there again, on the same port', async () => {
  const { proxy, client } = await stage();
  const fault = proxy.inject({ type: 'down' });

  expect(await client.ended()).toMatchObject(aborted);
  expect(await new Client(proxy.url()).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  await fault.end();

  await new Client(proxy.url()).opened();
});

test('two reasons to be down: it comes back when both are over', async () => {
  const { proxy } = await stage();
  const first = proxy.inject({ type: 'down' });
  const second = proxy.inject({ type: 'down' });

  await first.end();
  expect(await new Client(proxy.url()).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  await second.end();

  await new Client(proxy.url()).opened();
});

test('flap: each connection comes up and is reset soon after, until it ends', async () => {
  const { proxy, client } = await stage();
  const fault = proxy.inject({ type: 'flap', on: 'new', aliveMs: 5, jitterMs: 5 });

  for (let turn = 0; turn < 3; turn++) {
    const flapping = new Client(proxy.url());
    await flapping.opened();
    expect(await flapping.ended()).toMatchObject(aborted);
  }
  await fault.end();

  expect(fault.applied).toBe(3);
  client.socket.send('untouched');
  expect(await client.nextText()).toBe('untouched');
  const calm = new Client(proxy.url());
  await calm.opened();
  calm.socket.send('calm');
  expect(await calm.nextText()).toBe('calm');
});

test('a fault with forMs ends by itself', async () => {
  const { proxy } = await stage();
  const fault = proxy.inject({ type: 'refuse', forMs: 10 });

  await vi.waitFor(() => expect(fault.isActive).toBe(false));

  await new Client(proxy.url()).opened();
});

test('clear() ends every fault', async () => {
  const { proxy } = await stage();
  const faults = [proxy.inject({ type: 'stall' }), proxy.inject({ type: 'down' }), proxy.inject({ type: 'latency' })];

  await proxy.clear();

  expect(faults.map(({ isActive }) => isActive)).toEqual([false, false, false]);
  await new Client(proxy.url()).opened();
});

test('close() cuts everything and frees the port; after it there is nothing to be had', async () => {
  const { proxy, client, peer } = await stage();
  const url = proxy.url();
  proxy.inject({ type: 'stall' });

  await proxy.close();
  await proxy.close();

  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
  expect(await new Client(url).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  expect(() => proxy.inject({ type: 'reset' })).toThrow(expect.objectContaining({ code: 'unavailable' }));
  await expect(proxy.listen()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a proxy disposes of itself', async () => {
  const server = await startServer();
  let url: string;
  {
    await using proxy = createFaultProxy({ target: { port: server.port } });
    await proxy.listen();
    url = proxy.url();
    await new Client(url).opened();
  }
  expect(await new Client(url).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
});

test('before listen() there is no address', () => {
  const proxy = createFaultProxy({ target: { port: 1 } });
  expect(() => proxy.url()).toThrow(expect.objectContaining({ code: 'unavailable' }));
});

test.each<[FaultSpec | object, string]>([
  [{ type: 'quake' }, 'type'],
  [{ type: 'reset', on: 'some' }, 'reset.on'],
  [{ type: 'latency', delay: 5 }, 'latency.delay'],
  [{ type: 'latency', delayMs: -1 }, 'latency.delayMs'],
  [{ type: 'bandwidth' }, 'bandwidth.bytesPerSecond'],
  [{ type: 'truncate', afterBytes: 1.5 }, 'truncate.afterBytes'],
  [{ type: 'refuse', status: 200 }, 'refuse.status'],
  [{ type: 'close', code: 1006 }, 'close.code'],
  [{ type: 'close', reason: 'ü'.repeat(62) }, 'close.reason'],
  [{ type: 'blackhole', forMs: 0 }, 'blackhole.forMs'],
])('%o is no fault: the error names %s', async (spec, named) => {
  const { proxy } = await stage();
  const attempt = () => proxy.inject(spec as FaultSpec);
  expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  expect(attempt).toThrow(new RegExp(`^${named}: `, 'u'));
});

test('a proxy without a port to lead to is refused', () => {
  expect(() => createFaultProxy({ target: { port: 0 } })).toThrow(/^target\.port: /u);
});
