import { describe, expect, test } from 'vitest';
import { HubStage, type StageOptions } from './fixtures/hubStage.ts';
import type { StagedPeer } from './fixtures/stagedPeer.ts';

const PEER_BYTES = 10_000;
const KILOBYTE = 'x'.repeat(1_000);

async function stalled(options: StageOptions, protocol = 'topics.v1+json') {
  const stage = new HubStage({ ...options, limits: { peerBytes: PEER_BYTES, ...options.limits } });
  const peer = stage.connect({ protocol });
  const healthy = stage.connect({ protocol });
  for (const each of [peer, healthy]) await stage.ask(each, { type: 'subscribe', topic: 'a' });
  peer.isStalled = true;
  const publish = async (count: number, data: unknown = KILOBYTE, topic = 'a') => {
    for (let i = 0; i < count; i++) {
      await stage.core.publish(topic, data);
      await stage.pass();
      expect(peer.bufferedAmount).toBeLessThanOrEqual(2 * PEER_BYTES);
    }
  };
  return { stage, peer, healthy, publish };
}

function flow(peer: StagedPeer): unknown {
  peer.isStalled = false;
  peer.drain();
  return peer.heard();
}

const modes = ['topics.v1+json', ''];

describe('a peer that takes nothing', () => {
  test.each(modes)('is left with 4413 when its budget is used up, and nobody else is (%j)', async (protocol) => {
    const { stage, peer, healthy, publish } = await stalled({}, protocol);
    await publish(9);
    expect(peer.closedWith).toBeUndefined();
    await publish(200);
    expect(peer.closedWith?.code).toBe(4413);
    expect(peer.bufferedAmount).toBeLessThanOrEqual(PEER_BYTES);
    expect(healthy.heard()).toHaveLength(209);
    expect(stage.core.stats()).toMatchObject({ slowConsumers: 1, subscriptions: 1 });
  });

  test('and does not answer the goodbye either is cut off', async () => {
    const { stage, peer, publish } = await stalled({});
    peer.isDeaf = true;
    await publish(20);
    expect(peer.closedWith?.code).toBe(4413);
    await stage.pass(4_999);
    expect(peer.isTerminated).toBe(false);
    await stage.pass(1);
    expect(peer.isTerminated).toBe(true);
    expect(stage.core.connections).toBe(1);
  });

  test.each(modes)('is left with 4413 also where it asks on and on, and only answers wait (%j)', async (protocol) => {
    const { stage, peer } = await stalled({ limits: { framesPerSecond: 1e6 } }, protocol);
    for (let i = 0; i < 100; i++) peer.say({ echo: KILOBYTE });
    await stage.pass();
    expect(peer.closedWith?.code).toBe(4413);
  });

  test('with resync hears a reset of each topic behind what waited, and begins again from there', async () => {
    const { stage, peer, publish } = await stalled({ slowConsumer: 'resync' });
    await stage.ask(peer, { type: 'subscribe', topic: 'quiet' });
    await publish(200);
    expect(peer.closedWith).toBeUndefined();
    expect(stage.core.stats()).toMatchObject({ slowConsumers: 1, resets: 1, subscriptions: 2 });
    flow(peer);
    const heard = peer.heard();
    expect(heard).toEqual([]);
    await publish(1, 1, 'quiet');
    expect(peer.heard()).toMatchObject([{ topic: 'quiet', offset: 1 }]);
  });

  test('with resync is told in order: every message up to the reset, and the rest from the log', async () => {
    const { stage, peer, publish } = await stalled({ slowConsumer: 'resync' });
    await publish(12);
    peer.isStalled = false;
    peer.drain();
    const heard = peer.heard();
    const offsets = heard.filter(({ type }) => type === 'message').map(({ offset }) => offset as number);
    expect(offsets).toEqual(offsets.map((_, i) => i + 1));
    expect(heard.at(-1)).toMatchObject({ type: 'reset', topic: 'a', reason: 'slow' });
    const { epoch } = await stage.broker.read('a', { limit: { maxMessages: 0, maxBytes: 0 } });
    const since = { epoch, offset: offsets.length };
    const rest = await stage.ask(peer, { type: 'subscribe', topic: 'a', since });
    expect(rest[0]).toMatchObject({ recovered: true });
    expect(rest.slice(1).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 12 - offsets.length }, (_, i) => offsets.length + 1 + i),
    );
  });

  test('with resync in basic mode is left: it has no position to begin again from', async () => {
    const { peer, publish } = await stalled({ slowConsumer: 'resync' }, '');
    await publish(20);
    expect(peer.closedWith?.code).toBe(4413);
  });

  test('with latest goes on with the newest message, and is told that some are missing', async () => {
    const { stage, peer, publish } = await stalled({ slowConsumer: 'latest' });
    await publish(50);
    expect(peer.closedWith).toBeUndefined();
    flow(peer);
    await stage.pass();
    expect(peer.heard()).toMatchObject([
      { type: 'subscribed', topic: 'a', sub: 1, recovered: false, reason: 'too_large', offset: 49 },
      { type: 'message', topic: 'a', sub: 1, offset: 50 },
    ]);
    await publish(1);
    expect(peer.heard()).toMatchObject([{ type: 'message', offset: 51 }]);
    expect(stage.core.stats()).toMatchObject({ slowConsumers: 1 });
  });

  test('with latest in basic mode gets the newest message of each topic, one each', async () => {
    const { stage, peer, publish } = await stalled({ slowConsumer: 'latest' }, '');
    await stage.ask(peer, { type: 'subscribe', topic: 'b' });
    await publish(20);
    for (let i = 0; i < 20; i++) await publish(1, `b${i}${KILOBYTE}`, 'b');
    await publish(1, 'newest of a');
    flow(peer);
    await stage.pass();
    expect(peer.heard()).toEqual(['newest of a', `b19${KILOBYTE}`]);
  });

  test('with latest catches up with the next message also where nobody told that there is room', async () => {
    const { peer, publish } = await stalled({ slowConsumer: 'latest' });
    await publish(50);
    peer.drain(8);
    peer.heard();
    await publish(1);
    peer.drain();
    expect(peer.heard().slice(-2)).toMatchObject([
      { type: 'subscribed', offset: 50 },
      { type: 'message', offset: 51 },
    ]);
  });
});

describe('the budget', () => {
  test('is not used up by a burst that the network takes at once', async () => {
    const { stage, healthy } = await stalled({});
    for (let i = 0; i < 50; i++) void stage.core.publish('a', KILOBYTE);
    await stage.pass();
    expect(healthy.closedWith).toBeUndefined();
    expect(healthy.heardOf('message')).toHaveLength(50);
  });

  test('lets one message pass that is larger than all of it, where nothing else waits', async () => {
    const stage = new HubStage({ slowConsumer: 'latest', limits: { peerBytes: 1_000 } });
    const peer = stage.connectBasic();
    await stage.ask(peer, { type: 'subscribe', topic: 'a' });
    for (let i = 0; i < 3; i++) {
      await stage.core.publish('a', `${i}${KILOBYTE}`);
      await stage.pass();
    }
    expect(peer.heard()).toHaveLength(3);
  });

  test('counts replays in: the next one waits until half of it is free, and no message is lost meanwhile', async () => {
    const { stage, peer, publish } = await stalled({});
    await publish(3);
    const { epoch } = await stage.broker.read('a', { limit: { maxMessages: 0, maxBytes: 0 } });
    const resume = { type: 'subscribe', topic: 'a', since: { epoch, offset: 0 } };
    peer.say(resume, resume, resume, { type: 'behind' });
    await stage.pass(60_000);
    expect(peer.closedWith).toBeUndefined();
    expect(peer.bufferedAmount).toBeLessThanOrEqual(PEER_BYTES);
    await publish(1);
    for (let i = 0; i < 5; i++) {
      peer.drain();
      await stage.pass();
    }
    const heard = peer.heard();
    expect(heard.at(-1)).toEqual({ received: { type: 'behind' } });
    const last = heard.slice(heard.map(({ type }) => type).lastIndexOf('subscribed'));
    expect(last).toMatchObject([{ recovered: true }, ...[1, 2, 3, 4].map((offset) => ({ offset })), { received: {} }]);
  });

  test('is not held against a peer that resumes many topics with long histories', async () => {
    const topics = Array.from({ length: 20 }, (_, i) => `t${i}`);
    const stage = new HubStage({ limits: { peerBytes: PEER_BYTES } });
    const { epoch } = await stage.broker.read('t0', { limit: { maxMessages: 0, maxBytes: 0 } });
    for (const topic of topics) for (let i = 0; i < 4; i++) await stage.core.publish(topic, KILOBYTE);
    const peer = stage.connect();
    peer.isStalled = true;
    peer.say({ type: 'resume', rid: 1, topics: topics.map((topic) => ({ topic, epoch, offset: 0 })) });
    for (let i = 0; i < 30; i++) {
      await stage.pass();
      expect(peer.bufferedAmount).toBeLessThanOrEqual(PEER_BYTES);
      peer.drain();
    }
    expect(peer.closedWith).toBeUndefined();
    const heard = peer.heard();
    expect(heard.filter(({ recovered }) => recovered === true)).toHaveLength(20);
    expect(heard.filter(({ replay }) => replay === true)).toHaveLength(80);
  });

  test('leaves nobody waiting who goes while a replay waits', async () => {
    const { stage, peer, publish } = await stalled({ heartbeat: false, limits: { replayPerSecond: 1 } });
    await publish(8);
    const { epoch } = await stage.broker.read('a', { limit: { maxMessages: 0, maxBytes: 0 } });
    const resume = { type: 'subscribe', topic: 'a', since: { epoch, offset: 4 } };
    // The first waits for room, the second for its debt.
    peer.say(resume, resume);
    await stage.pass();
    const other = stage.connect();
    other.say(resume, resume);
    await stage.pass();
    expect(stage.timers.size).toBe(1);
    other.end();
    peer.end();
    expect(stage.timers.size).toBe(0);
    await stage.pass(10_000);
    expect(stage.core.stats()).toMatchObject({ connections: 1, subscriptions: 1 });
  });
});
