import { describe, expect, test, vi } from 'vitest';
import { HubStage, type StageOptions } from './fixtures/hubStage.ts';
import type { Said } from './fixtures/stagedPeer.ts';

/** Answers authorize by hand, or not at all. */
function heldStage(options: StageOptions = {}) {
  const verdicts: ((isAllowed: boolean) => void)[] = [];
  const authorize = () => new Promise<boolean>((resolve) => verdicts.push(resolve));
  return { verdicts, stage: new HubStage({ authorize, ...options }) };
}

const subscribe = (topic: string): object => ({ type: 'subscribe', topic, rid: topic });

describe('an answer', () => {
  test('does not overtake that to an earlier frame, whatever takes longer; pongs neither', async () => {
    const { stage, verdicts } = heldStage();
    const peer = stage.connect();
    const frames = [
      subscribe('a'),
      { type: 'ping', t: 1 },
      '?',
      { type: 'unsubscribe', topic: 'b', rid: 2 },
      { other: 3 },
    ];
    expect(await stage.ask(peer, ...frames)).toEqual([]);
    verdicts[0]?.(true);
    await stage.pass();
    expect(peer.heard()).toMatchObject([
      { type: 'subscribed', rid: 'a' },
      { type: 'pong', t: 1 },
      { type: 'error', code: 'bad_frame' },
      { type: 'error', code: 'not_subscribed', rid: 2 },
      { received: { other: 3 } },
    ]);
  });

  test('to a frame over the rate waits for its turn, and names the frame', async () => {
    const { stage, verdicts } = heldStage({ limits: { framesPerSecond: 1 } });
    const peer = stage.connect();
    expect(await stage.ask(peer, subscribe('a'), { type: 'ping' }, subscribe('b'))).toEqual([]);
    verdicts[0]?.(true);
    await stage.pass();
    expect(peer.heard()).toMatchObject([
      { type: 'subscribed' },
      { type: 'pong' },
      { type: 'error', code: 'rate_limited', retry: true, afterMs: 1_000, topic: 'b', rid: 'b' },
    ]);
  });

  test('of what is said in one turn goes out in one write, messages included', async () => {
    const stage = new HubStage();
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'));
    const before = peer.writes;
    peer.say({ type: 'ping' });
    for (let i = 0; i < 5; i++) void stage.core.publish('a', i);
    await stage.pass();
    expect(peer.heard()).toHaveLength(6);
    expect(peer.writes - before).toBe(1);
  });
});

describe('what waits for a verdict', () => {
  test('is bounded in frames', async () => {
    const { stage } = heldStage({ limits: { framesPerSecond: 1e6 } });
    const [peer, other] = [stage.connect(), stage.connect()];
    peer.say(subscribe('a'), ...Array.from({ length: 1_000 }, () => ({ type: 'ping' })));
    expect(peer.closedWith).toBeUndefined();
    peer.say({ type: 'ping' });
    expect(peer.closedWith?.code).toBe(4429);
    expect(await stage.ask(other, { type: 'ping' })).toEqual([{ type: 'pong' }]);
  });

  test('is bounded in bytes, so that one frame of the largest size and all that a client has on its way fit in', async () => {
    const { stage } = heldStage({ limits: { framesPerSecond: 1e6, peerBytes: 1_000, payloadBytes: 5_000 } });
    const peer = stage.connect();
    peer.say(subscribe('a'), 'x'.repeat(5_000));
    for (let i = 0; i < 128; i++) peer.say('ü'.repeat(2_048));
    expect(peer.closedWith).toBeUndefined();
    peer.say('x');
    expect(peer.closedWith?.code).toBe(4429);
    await stage.pass();
    expect(stage.core.connections).toBe(0);
  });

  test('does not wait for ever: the verdict is unavailable then, and may be asked for again', async () => {
    const { stage, verdicts } = heldStage();
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'), { type: 'publish', topic: 'a', data: 1, id: '1' });
    await stage.pass(4_999);
    expect(peer.heard()).toEqual([]);
    await stage.pass(5_001);
    expect(peer.heard()).toMatchObject([
      { type: 'error', code: 'unavailable', retry: true, topic: 'a', rid: 'a' },
      { type: 'error', code: 'unavailable', retry: true, topic: 'a', id: '1' },
    ]);
    expect(verdicts).toHaveLength(2);
    expect(stage.core.stats()).toMatchObject({ subscriptions: 0, published: 0 });
  });
});

describe('floods', () => {
  test.each(['', 'topics.v1+json'])(
    'are answered up to the rate, refused up to twice as much, and cut off with 4429 (%j)',
    async (protocol) => {
      const stage = new HubStage({ limits: { framesPerSecond: 10 } });
      const peer = stage.connect({ protocol });
      await stage.pass();
      peer.heard();
      for (let i = 0; i < 40; i++) peer.say({ type: 'ping' });
      await stage.pass();
      const heard = peer.heard();
      expect(heard.filter(({ type }) => type === 'pong')).toHaveLength(20);
      expect(heard.filter(({ code }) => code === 'rate_limited')).toHaveLength(20);
      peer.say({ type: 'ping' });
      expect(peer.closedWith?.code).toBe(4429);
    },
  );

  test('that go on and on are cut off also where some frames are within the rate', async () => {
    const stage = new HubStage({ limits: { framesPerSecond: 10 } });
    const peer = stage.connect();
    for (let i = 0; i < 100 && peer.closedWith === undefined; i++) {
      peer.say({ type: 'ping' }, { type: 'ping' }, { type: 'ping' });
      await stage.pass(100);
    }
    expect(peer.closedWith?.code).toBe(4429);
  });

  test('within the rate are nobody’s business', async () => {
    const stage = new HubStage({ limits: { framesPerSecond: 10 } });
    const peer = stage.connect();
    for (let i = 0; i < 100; i++) {
      peer.say({ type: 'ping' });
      await stage.pass(100);
    }
    expect(peer.heardOf('pong')).toHaveLength(100);
  });
});

test('topics of one connection are limited in both modes, and one that is left makes room', async () => {
  const stage = new HubStage({ limits: { topics: 2 } });
  for (const peer of [stage.connect(), stage.connectBasic()]) {
    const heard = await stage.ask(peer, subscribe('a'), subscribe('b'), subscribe('a'), subscribe('c'));
    expect(heard.filter(({ type }) => type === 'error')).toMatchObject([{ code: 'limit' }]);
    await stage.pass(1_000);
    const again = await stage.ask(peer, { type: 'unsubscribe', topic: 'a' }, subscribe('c'));
    expect(again.filter(({ type }) => type === 'error')).toEqual([]);
  }
  expect(stage.core.stats()).toMatchObject({ topics: 2, subscriptions: 4, errors: { limit: 2 } });
});

describe('topics that are asked for', () => {
  const resume = (...topics: readonly string[]): object => ({
    type: 'resume',
    rid: 'r',
    topics: topics.map((topic) => ({ topic, epoch: 'e', offset: 0 })),
  });
  const answersOf = (heard: readonly Said[]) => heard.map(({ type, code, topic }) => [topic, code ?? type].join(' '));
  const stageOf = (topics: number) => {
    const authorize = vi.fn(() => true);
    const stage = new HubStage({ authorize, limits: { topics } });
    return { stage, authorize, read: vi.spyOn(stage.broker, 'read') };
  };

  test('can be all of a connection at once, twice, and each that is over the rate then has a time of its own', async () => {
    const { stage, authorize, read } = stageOf(4);
    const peer = stage.connect();
    const all = resume('a', 'b', 'c', 'd');
    await stage.ask(peer, all, subscribe('a'), subscribe('b'));
    expect(await stage.ask(peer, all)).toMatchObject([
      { type: 'error', code: 'rate_limited', topic: 'c', rid: 'r', retry: true, afterMs: 250 },
      { type: 'error', code: 'rate_limited', topic: 'd', rid: 'r', retry: true, afterMs: 500 },
      { type: 'subscribed', topic: 'a', rid: 'r' },
      { type: 'subscribed', topic: 'b', rid: 'r' },
    ]);
    expect([authorize.mock.calls.length, read.mock.calls.length]).toEqual([8, 8]);
    await stage.pass(250);
    expect(answersOf(await stage.ask(peer, subscribe('c')))).toEqual(['c subscribed']);
    await stage.pass(250);
    expect(answersOf(await stage.ask(peer, subscribe('d')))).toEqual(['d subscribed']);
  });

  test.each(['', 'topics.v1+json'])(
    'are not asked about nor read over the rate, and what was there stays (%j)',
    async (protocol) => {
      const { stage, authorize } = stageOf(2);
      const peer = stage.connect({ protocol });
      await stage.ask(peer, subscribe('a'), subscribe('a'), subscribe('a'), subscribe('a'));
      const [error] = await stage.ask(peer, subscribe('a'));
      const retry = { topic: 'a', rid: 'a', retry: true, afterMs: 500 };
      const message = 'more than 2 topics per second: limits.topics';
      expect(error).toEqual({ type: 'error', code: 'rate_limited', message, ...(protocol === '' ? {} : retry) });
      expect(authorize).toHaveBeenCalledTimes(4);
      await stage.core.publish('a', 1);
      await stage.pass();
      expect(peer.heard()).toHaveLength(1);
    },
  );

  test('can be all of a connection again after each reconnect, and those of a path cost nothing', async () => {
    const { stage } = stageOf(3);
    for (let i = 0; i < 5; i++) {
      const peer = stage.connect();
      const heard = await stage.ask(peer, resume('a', 'b', 'c'), resume('a', 'b', 'c'));
      expect(heard.filter(({ type }) => type === 'subscribed')).toHaveLength(6);
      peer.end();
    }
    const listening = stage.connectBasic({ topics: ['a', 'b', 'c'] });
    await stage.pass();
    for (const topic of ['a', 'b', 'c', 'a', 'b', 'c'])
      expect(await stage.ask(listening, subscribe(topic))).toEqual([]);
    expect(await stage.ask(listening, subscribe('a'))).toMatchObject([{ code: 'rate_limited' }]);
  });

  test('beyond the limit are refused for good, and cost nothing', async () => {
    const { stage } = stageOf(2);
    const peer = stage.connect();
    const heard = await stage.ask(peer, resume('a', 'b', 'c', 'd'), resume('a', 'b', 'c', 'd'));
    const once = ['a subscribed', 'b subscribed', 'c limit', 'd limit'];
    expect(answersOf(heard)).toEqual([...once, ...once]);
  });
});
