import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createHub, SUBPROTOCOL, type Hub, type HubOptions } from '../../src/server/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, reached, within } from '../fixtures/events.ts';
import { startProxy } from '../fixtures/proxy.ts';

interface Running {
  readonly hub: Hub;
  readonly port: number;
  readonly url: string;
}

async function startHub(options: HubOptions = {}): Promise<Running> {
  const hub = createHub(options);
  const { port } = await hub.listen({ host: '127.0.0.1' });
  onTestFinished(() => hub.close());
  return { hub, port, url: `ws://127.0.0.1:${port}/ws/ann` };
}

test('a real hub says hello, is pinged as it asked for, and answers', async () => {
  const { url } = await startHub({ heartbeat: { intervalMs: 20, timeoutMs: 5_000 } });
  const connection = connectionOver({ url, protocols: SUBPROTOCOL });
  const hello = nextEvent(connection, 'message');
  const first = nextEvent(connection, 'heartbeat');
  connection.connect();
  expect((await hello).message).toMatchObject({ type: 'hello', heartbeat: { intervalMs: 20, timeoutMs: 5_000 } });
  expect(await first).toEqual({ roundTripMs: expect.any(Number) as number });
  await nextEvent(connection, 'heartbeat');
  expect(connection.stats().heartbeat).toBe('answered');
  expect(connection.getSnapshot().context.pace).toEqual({ intervalMs: 20, timeoutMs: 5_000 });
});

test.each([{ type: 'blackhole', direction: 'toClient' } as const, { type: 'halfOpen' } as const])(
  'a hub that is dead behind a fault of $type is found by its own intervals, and another socket is made',
  async (fault) => {
    const { port } = await startHub({ heartbeat: { intervalMs: 30, timeoutMs: 200 } });
    const proxy = await startProxy(port);
    const connection = connectionOver({ url: proxy.url('/ws/ann'), protocols: SUBPROTOCOL, connectTimeoutMs: 500 });
    await connection.connect().opened();
    await nextEvent(connection, 'heartbeat');

    const lost = nextEvent(connection, 'lost');
    proxy.inject(fault);
    expect((await lost).because).toContain('nothing answered a ping for 200 ms');
    await proxy.clear();
    await connection.opened();
    await reached(connection, 'open.quiet');
  },
);

test('a drain from one hub to the next loses none of the messages that are sent all the while, and counts against nothing', async () => {
  const received = new Set<number>();
  const take = (frame: unknown): undefined => void received.add((frame as { readonly n: number }).n);
  const [old, next] = [await startHub({ onFrame: take, random: () => 0.5 }), await startHub({ onFrame: take })];
  let { url } = old;
  const connection = connectionOver({ url: () => url, protocols: SUBPROTOCOL, confirm: 'ping' });
  const states = eventsOf(connection, 'state');
  const attempts = eventsOf(connection, 'opened');
  const messages = eventsOf(connection, 'message');
  await connection.connect().opened();
  await reached(connection, 'open.quiet');

  ({ url } = next);
  const drained = old.hub.drain({ windowMs: 60, graceMs: 20 });
  const deliveries: Promise<{ readonly outcome: string }>[] = [];
  // A hub takes 400 frames at once, and 200 more in a second.
  while (attempts.length < 2 || deliveries.length < 100) {
    if (deliveries.length < 300) deliveries.push(connection.deliver({ n: deliveries.length }));
    await nextTurn();
  }
  await within('the old hub to be empty', drained);
  const outcomes = await within('every outcome', Promise.all(deliveries));

  expect(outcomes.filter(({ outcome }) => outcome !== 'confirmed')).toEqual([]);
  expect(received.size).toBe(deliveries.length);
  expect(attempts.map(({ attempt }) => attempt)).toEqual([0, 1]);
  expect(states.map(({ state }) => state)).toEqual(['connecting', 'open', 'backoff', 'connecting', 'open']);
  expect(messages.map(({ message }) => (message as { readonly type: string }).type)).toEqual(['hello', 'hello']);
  expect(next.hub.stats().connections).toBe(1);
});

test('a hub that takes a client id once only hangs up on the second for good', async () => {
  const { url } = await startHub({ onDuplicate: 'refuse' });
  await connectionOver({ url, protocols: SUBPROTOCOL }).connect().opened();
  const second = connectionOver({ url, protocols: SUBPROTOCOL });
  const failed = nextEvent(second, 'failed');
  second.connect();
  expect((await failed).error).toMatchObject({ code: 'fatal-close', cause: { code: 4409 } });
});
