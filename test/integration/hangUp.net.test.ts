/** P11 over real TCP: the rows that a `close()` with a `terminate()` right behind it loses. */
import { expect, test } from 'vitest';
import type { ServerOptions } from 'ws';
import { connectionOver } from '../fixtures/connections.ts';
import { reached } from '../fixtures/events.ts';
import { startProxy } from '../fixtures/proxy.ts';
import { startServer } from '../fixtures/server.ts';

const large = 'x'.repeat(100_000);

/** A server that counts what comes, from whichever socket. */
async function startCounting(options: ServerOptions = {}): Promise<{ url: string; port: number; count: () => number }> {
  let count = 0;
  const server = await startServer(({ socket }) => void socket.on('message', () => count++), options);
  return { url: server.url, port: server.port, count: () => count };
}

test.each([
  ['20 small messages, compressed', 20, 'small', { perMessageDeflate: { threshold: 0 } }],
  ['50 messages of 100 kB', 50, large, {}],
] as const)('reconnect() loses none of %s', async (_, messages, text, options) => {
  const server = await startCounting(options);
  const connection = connectionOver({ url: server.url });
  await connection.connect().opened();
  for (let n = 0; n < messages; n++) expect(connection.send(text)).toBe('sent');

  connection.reconnect();
  expect(connection.send('later')).toBe('queued');
  await reached(connection, 'open.quiet');

  await expect.poll(server.count).toBe(messages + 1);
  expect(connection.stats().sockets).toBe(2);
});

test('disconnect() loses none of 150 messages of 100 kB on a line that carries 3 MB a second', async () => {
  const server = await startCounting();
  const proxy = await startProxy(server.port);
  // Five seconds of the line; a busy machine takes longer.
  const connection = connectionOver({ url: proxy.url('/'), drainTimeoutMs: 30_000 });
  await connection.connect().opened();
  proxy.inject({ type: 'bandwidth', bytesPerSecond: 3_000_000 });
  for (let n = 0; n < 150; n++) expect(connection.send(large)).toBe('sent');

  connection.disconnect();
  await expect.poll(() => connection.getSnapshot().matches({ closed: 'done' }), { timeout: 30_000 }).toBe(true);

  expect(server.count()).toBe(150);
}, 40_000);
