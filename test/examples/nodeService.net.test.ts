/** The service of examples/node-service as a process of its own, and its feed here. */
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { startFeed } from '../../examples/node-service/feed.ts';
import { Inbox, within } from '../fixtures/events.ts';
import { startProxy } from '../fixtures/proxy.ts';
import { startExample } from './exampleProcess.ts';

async function stage(token = 'a secret') {
  const feed = await startFeed('a secret');
  onTestFinished(() => {
    feed.cut();
    feed.server.close();
  });
  const proxy = await startProxy(feed.port);
  const sockets = new Inbox<WebSocket>('service at the feed');
  feed.server.on('connection', (socket) => sockets.put(socket));
  const service = startExample('node-service/service.ts', { FEED_URL: proxy.url(), FEED_TOKEN: token });
  const order = (count: number): void => void Array.from({ length: count }, () => feed.order());
  return {
    feed,
    proxy,
    service,
    nextSocket: () => sockets.next(),
    order,
    /** The orders that it said to have done, in that order. */
    done: () => service.lines.flatMap((line) => Number(/^order (\d+) is done/u.exec(line)?.[1] ?? []) || []),
    allReported: () => vi.waitFor(() => expect([...feed.undone]).toEqual([]), 10_000),
  };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

test('it bears its token in a header, and one that is refused ends it with 1', async () => {
  const { service, feed } = await stage('another');

  expect(await service.exitCode()).toBe(1);

  expect(service.lines).toContainEqual(expect.stringMatching(/^failed: .*credentials were refused.*401/u));
  expect(service.lines.join('\n')).not.toContain('another');
  expect(feed.server.clients.size).toBe(0);
});

test('every order is done once, in order, also those whose report was lost, and those of the time when it was away', async () => {
  const { service, feed, proxy, nextSocket, order, done, allReported } = await stage();
  await nextSocket();
  order(20);
  await service.line(/^order 20 is done/u);
  proxy.inject({ type: 'blackhole', direction: 'toServer', on: 'existing' });
  order(20);
  await service.line(/^order 40 is done/u);
  expect(feed.undone.size).toBeGreaterThanOrEqual(20);

  proxy.inject({ type: 'reset' });
  order(20);
  await service.line(/^backoff: attempt 1 of any number, .* because the line broke without a close frame \(1006\)/u);
  await nextSocket();
  order(20);

  await service.line(/^order 80 is done/u);
  expect(done()).toEqual(upTo(80));
  await allReported();
});

test('SIGTERM ends it with 0, and what it said to be done has arrived', async () => {
  const { service, feed, nextSocket, order, done } = await stage();
  const socket = await nextSocket();
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  await service.line(/^open/u);

  order(200);
  await service.line(/^order 1 is done/u);
  service.kill('SIGTERM');

  expect(await service.exitCode(), service.lines.join('\n')).toBe(0);
  const [code, reason] = await within('its goodbye', closed);
  expect({ code, reason: reason.toString() }).toEqual({ code: 1000, reason: 'shutdown' });
  expect([...feed.undone]).toEqual(upTo(200).slice(done().length));
  expect(service.lines).toContain('the last word is confirmed');
});

test('SIGTERM while its reports are lost on the way: it comes back, says them again, and ends with 0', async () => {
  const { service, feed, proxy, nextSocket, order, done } = await stage();
  await nextSocket();
  await service.line(/^open/u);
  proxy.inject({ type: 'blackhole', direction: 'toServer', on: 'existing' });
  order(20);
  await service.line(/^order 20 is done/u);
  expect(feed.undone.size).toBe(20);

  service.kill('SIGTERM');
  proxy.inject({ type: 'reset' });

  expect(await service.exitCode(), service.lines.join('\n')).toBe(0);
  expect(done()).toEqual(upTo(20));
  expect([...feed.undone]).toEqual([]);
});
