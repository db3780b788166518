/** What docs/uploads.md promises of a large upload, over real sockets. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { connectionOver } from '../fixtures/connections.ts';

const CHUNK_BYTES = 64 * 1024;
const SIZE = 6_000_000;

test('a file in pieces arrives whole through two losses, and the outbox is never full', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    server.close();
  });
  const arrived = Buffer.alloc(SIZE);
  let pieces = 0;
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      data.copy(arrived, data.readDoubleLE(0), Float64Array.BYTES_PER_ELEMENT);
      if (++pieces % 40 === 0) socket.terminate();
    });
  });
  await once(server, 'listening');
  const file = Buffer.from(Uint32Array.from({ length: SIZE / 4 }, (_, n) => n).buffer);
  const connection = connectionOver({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    codec: 'raw',
    confirm: 'ping',
    outbox: { maxBytes: 1_000_000, overflow: 'reject' },
  });
  const dropped: unknown[] = [];
  connection.on('dropped', ({ outcome, reason }) => dropped.push([outcome, reason]));
  connection.connect();

  for (let start = 0; start < SIZE; start += CHUNK_BYTES) {
    const piece = [Buffer.from(Float64Array.of(start).buffer), file.subarray(start, start + CHUNK_BYTES)];
    connection.send(Buffer.concat(piece));
    await connection.drained({ belowBytes: 500_000 });
  }
  await connection.drained();

  expect(arrived.equals(file)).toBe(true);
  expect(dropped).toEqual([]);
  expect(connection.stats().sockets).toBe(3);
});
