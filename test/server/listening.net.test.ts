import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHub } from '../../src/server/index.ts';
import { withResolvers } from '../fixtures/events.ts';
import { startHub } from './fixtures/realHub.ts';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

// By its name it takes longer: that is looked up first.
test.each(['127.0.0.1', 'localhost'])('a hub that is closed before it listens at %s never does', async (host) => {
  const hub = createHub();
  onTestFinished(() => hub.close());
  const port = await freePort();
  const rejected = expect(hub.listen({ port, host })).rejects.toThrow('the hub is closed');
  await hub.close();
  await rejected;
  const socket = connect({ port, host });
  onTestFinished(() => void socket.destroy());
  const { promise, resolve } = withResolvers<unknown>();
  socket.once('connect', () => resolve('it listens'));
  socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  expect(await promise).toBe('ECONNREFUSED');
});

test('a hub that is closed, or is about to be, is attached to nothing any more', async () => {
  const { hub, visit } = await startHub();
  const server = createServer();
  const isRefused = async (): Promise<void> => {
    expect(() => hub.attach(server)).toThrow(new Error('the hub is closed'));
    await expect(hub.listen({ host: '127.0.0.1' })).rejects.toThrow(new Error('the hub is closed'));
    expect(server.listenerCount('upgrade')).toBe(0);
  };
  const ann = await visit('ann');
  ann.socket.pause();
  const closed = hub.close();
  await isRefused();
  ann.socket.resume();
  await closed;
  await isRefused();
});
