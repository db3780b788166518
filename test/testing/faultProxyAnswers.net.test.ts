import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aborted, Client, echoStage, startProxy } from '../fixtures/proxy.ts';

test.each([
  [{ type: 'refuse' }, 503, undefined],
  [{ type: 'refuse', status: 429, retryAfterSeconds: 7 }, 429, '7'],
  [{ type: 'refuse', status: 401 }, 401, undefined],
] as const)('%o: the upgrade is answered with HTTP %i', async (spec, status, retryAfter) => {
  const { proxy, client } = await echoStage();
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

test('close: the client gets the code and reason in a whole closing frame', async () => {
  const { proxy, client, peer } = await echoStage();

  proxy.inject({ type: 'close', code: 4503, reason: 'maintenance' });

  expect(await client.ended()).toEqual({ code: 4503, reason: 'maintenance', error: undefined });
  expect(await peer.end()).toEqual(aborted);
  await new Client(proxy.url()).opened();
});

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
  const { proxy } = await echoStage();
  proxy.inject({ type: 'close', on: 'new', code: 1013 });
  const client = new Client(proxy.url());

  await client.opened();
  expect(await client.ended()).toMatchObject({ code: 1013 });
});
