import { expect, onTestFinished, test } from 'vitest';
import { createHub, memoryBroker } from '../../src/server/index.ts';
import { HubStage } from './fixtures/hubStage.ts';

test.each<[string, (hub: ReturnType<typeof createHub>) => Promise<unknown>]>([
  ['windowMs: a number of milliseconds from 0 to', (hub) => hub.drain({ windowMs: NaN })],
  ['windowMs: a number of milliseconds from 0 to', (hub) => hub.drain({ windowMs: -1 })],
  ['graceMs: a number of milliseconds from 0 to', (hub) => hub.drain({ graceMs: '1s' as never })],
  ['port: a whole number from 0 to 65535; got 70000', (hub) => hub.listen({ port: 70_000 })],
  ['port: a whole number from 0 to 65535; got 1.5', (hub) => hub.listen({ port: 1.5 })],
])('what a hub cannot use is refused, and nothing has begun: %s', async (words, use) => {
  const hub = createHub();
  onTestFinished(() => hub.close());
  await expect(use(hub)).rejects.toThrow(words);
  await expect(use(hub)).rejects.toBeInstanceOf(TypeError);
  expect(hub.stats().isDraining).toBe(false);
});

test.each<[string, (hub: ReturnType<typeof createHub>) => unknown]>([
  ['clientId: a string; got undefined', (hub) => hub.sendTo(undefined as never, 1)],
  ['clientId: a string; got number', (hub) => hub.disconnect(7 as never)],
  ['id: is not a string', (hub) => hub.sendTo('ann', 1, { id: 7 as never })],
  ['id: is longer than 64 bytes', (hub) => hub.sendTo('ann', 1, { id: 'x'.repeat(65) })],
])('who or what is meant has to be a name: %s', (words, use) => {
  const hub = createHub();
  onTestFinished(() => hub.close());
  expect(() => use(hub)).toThrow(new TypeError(words));
});

test.each<[string, object]>([
  ['history.maxmessages: there is no such option', { history: { maxmessages: 3 } }],
  ['history.maxBytes: a number from 0, or Infinity; got -1', { history: { maxBytes: -1 } }],
])('what is kept is checked by name, by the hub and by its broker: %s', (words, options) => {
  expect(() => createHub(options)).toThrow(words);
  expect(() => memoryBroker(options)).toThrow(words);
  expect(() => memoryBroker({ dedupeWindow: 5 } as never)).toThrow('dedupeWindow: there is no such option; there are');
});

test('what is published bears an id that a client could have, or none', async () => {
  const hub = createHub();
  onTestFinished(() => hub.close());
  await expect(hub.publish('news', 1, { id: '' })).rejects.toThrow(new TypeError('id: is empty'));
  expect(hub.stats().published).toBe(0);
});

test.each(['payloadBytes', 'topics', 'topicBytes', 'connections', 'peerBytes'])(
  'limits.%s counts, and at least one has to be possible',
  (name) => {
    for (const value of [0.5, 0, -1, 1.5, NaN, '7'])
      expect(() => createHub({ limits: { [name]: value } })).toThrow(
        `limits.${name}: a whole number from 1, or Infinity; got`,
      );
    expect(() => createHub({ limits: { [name]: Infinity } })).not.toThrow();
  },
);

test('a rate below one in two seconds still lets one through, and then one in its time', async () => {
  const stage = new HubStage({ limits: { publishPerSecond: 0.1 } });
  const peer = stage.connect();
  const publish = { type: 'publish', topic: 'news', data: 1, rid: 1 };
  expect((await stage.ask(peer, publish)).map(({ type }) => type)).toEqual(['ack']);
  const [refused] = await stage.ask(peer, publish);
  expect(refused).toMatchObject({ code: 'rate_limited', afterMs: 10_000 });
  await stage.pass(10_000);
  expect((await stage.ask(peer, publish)).map(({ type }) => type)).toEqual(['ack']);
});

test('a flood of pings of WebSocket is one of frames; a ping now and then is none', async () => {
  const stage = new HubStage({ limits: { framesPerSecond: 10 }, heartbeat: false });
  const [calm, flooding] = [stage.connect(), stage.connect()];
  await stage.pass();
  for (let second = 0; second < 30; second++) {
    for (let i = 0; i < 5; i++) calm.ping();
    await stage.pass(1_000);
  }
  expect(calm.closedWith).toBeUndefined();
  for (let i = 0; i < 41; i++) flooding.ping();
  await stage.pass();
  expect(flooding.closedWith).toMatchObject({ code: 4429 });
});
