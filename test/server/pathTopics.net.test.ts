import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHub, SUBPROTOCOL, type Hub, type HubOptions } from '../../src/server/index.ts';
import { BareClient } from './fixtures/bareClient.ts';

interface Stage {
  readonly hub: Hub;
  /** Comes by the path that has topics. */
  readonly open: (...protocols: string[]) => Promise<BareClient>;
}

/** A hub at `/feed`, where everybody hears `a` and `b`, and at `/ws/{client_id}`. */
async function stage(options: HubOptions = {}): Promise<Stage> {
  const hub = createHub(options);
  const server = createServer();
  hub.attach(server, { path: '/feed', topics: ['a', 'b'] });
  hub.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await hub.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { hub, open: (...protocols) => BareClient.open(`ws://127.0.0.1:${port}/feed`, protocols) };
}

test('who comes by a path with topics hears them without asking, as they were published and in that order', async () => {
  const { hub, open } = await stage();
  const client = await open();
  await hub.publish('a', { n: 1 });
  await hub.publish('other', { n: 2 });
  await hub.publish('b', { n: 3 });
  expect(await client.take(2)).toEqual([{ n: 1 }, { n: 3 }]);
  await client.hearsNothing();
});

test('and may leave them like any other', async () => {
  const { hub, open } = await stage();
  const client = await open();
  client.say({ type: 'unsubscribe', topic: 'a' });
  await client.hearsNothing();
  await hub.publish('a', 1);
  await hub.publish('b', 2);
  expect(await client.next()).toBe(2);
});

test('with the subprotocol nothing comes unasked: who resumes hears each message once', async () => {
  const { hub, open } = await stage();
  const { epoch } = await hub.publish('a', 1);
  const client = await open(SUBPROTOCOL);
  expect(await client.next()).toMatchObject({ type: 'hello' });
  await client.hearsNothing();
  await hub.publish('a', 2);
  client.say({ type: 'resume', rid: 1, topics: [{ topic: 'a', epoch, offset: 1 }] });
  expect(await client.take(2)).toMatchObject([
    { type: 'subscribed', topic: 'a', offset: 1, recovered: true },
    { type: 'message', offset: 2, replay: true, data: 2 },
  ]);
  await hub.publish('b', 'not asked for');
  await client.hearsNothing();
});

test('authorize is asked as for any subscription: what it refuses is not heard', async () => {
  const asked: string[] = [];
  const { hub, open } = await stage({
    authorize: (_, action, topic) => {
      asked.push(`${action} ${topic}`);
      return topic === 'b';
    },
  });
  const client = await open();
  expect(await client.next()).toMatchObject({ type: 'error', code: 'denied' });
  await client.hearsNothing();
  expect(asked).toEqual(['subscribe a', 'subscribe b']);
  await hub.publish('a', 1);
  await hub.publish('b', 2);
  expect(await client.next()).toBe(2);
});

test('other paths of the same hub have none', async () => {
  const { hub } = await stage();
  const { port } = await hub.listen({ host: '127.0.0.1' });
  const client = await BareClient.open(`ws://127.0.0.1:${port}/ws/ann`, []);
  await hub.publish('a', 1);
  await client.hearsNothing();
});

test('a topic that nobody could subscribe to is refused at once, and the path stays free', () => {
  const hub = createHub();
  const server = createServer();
  expect(() => hub.attach(server, { path: '/feed', topics: ['a', ''] })).toThrow(new TypeError('topic: is empty'));
  expect(server.listenerCount('upgrade')).toBe(0);
});
