import { describe, expect, test } from 'vitest';
import { FaultyBroker } from './fixtures/faultyBroker.ts';
import { HubStage, type StageOptions } from './fixtures/hubStage.ts';
import { SimulatedClock } from '../../src/testing/simulatedClock.ts';
import type { Said } from './fixtures/stagedPeer.ts';

function stageWith(options: StageOptions = {}, history?: ConstructorParameters<typeof FaultyBroker>[0]['history']) {
  const clock = new SimulatedClock();
  const broker = new FaultyBroker({ clock, history });
  return { broker, stage: new HubStage({ clock, broker, ...options }) };
}

const subscribe = (topic: string, more: object = {}): object => ({ type: 'subscribe', topic, ...more });
const offsets = (frames: readonly Said[]): unknown[] =>
  frames.filter(({ type }) => type === 'message').map(({ offset }) => offset);

async function publish(stage: HubStage, count: number, data: unknown = 'x'): Promise<void> {
  for (let i = 0; i < count; i++) await stage.core.publish('a', data);
}

describe('a live subscription', () => {
  test('passes on one offset after the other, and says reset where one is missing (I2)', async () => {
    const { stage, broker } = stageWith();
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'));
    await publish(stage, 2);
    broker.isEntryLost = () => true;
    await publish(stage, 1);
    broker.isEntryLost = () => false;
    await publish(stage, 2);
    await stage.pass();
    const heard = peer.heard();
    expect(offsets(heard)).toEqual([1, 2]);
    expect(heard.at(-1)).toMatchObject({ type: 'reset', topic: 'a', sub: 1, reason: 'gap' });
    expect(stage.core.stats()).toMatchObject({ subscriptions: 0, resets: 1 });
  });

  test('is told at once when the broker may have lost what it had acknowledged (I7)', async () => {
    const { stage, broker } = stageWith();
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'));
    await publish(stage, 3);
    await stage.pass();
    peer.heard();
    await broker.comeBack({ without: 1 });
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ type: 'reset', topic: 'a', reason: 'epoch' }]);
  });

  test('does not take the offsets of another epoch for its own, also where nobody told of it (I2)', async () => {
    const { stage, broker } = stageWith();
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'));
    await publish(stage, 2);
    await stage.pass();
    peer.heard();
    stage.core.context.topics.renew = () => undefined;
    await broker.comeBack({ without: 0 });
    await publish(stage, 1);
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ type: 'reset', reason: 'epoch' }]);
  });

  test('of an older number says nothing any more', async () => {
    const { stage } = stageWith();
    const peer = stage.connect();
    const [first] = await stage.ask(peer, subscribe('a'));
    const [second] = await stage.ask(peer, subscribe('a'));
    expect(second?.['sub']).not.toBe(first?.['sub']);
    await publish(stage, 1);
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ type: 'message', sub: second?.['sub'], offset: 1 }]);
  });
});

describe('a resume', () => {
  test('replays exactly what follows the position, before what is live (I3)', async () => {
    const { stage, broker } = stageWith();
    await publish(stage, 5);
    const { epoch } = await broker.position('a');
    const peer = stage.connect();
    const [answer, ...messages] = await stage.ask(peer, subscribe('a', { since: { epoch, offset: 2 }, rid: 7 }));
    expect(answer).toMatchObject({ type: 'subscribed', topic: 'a', rid: 7, epoch, offset: 2, recovered: true });
    expect(offsets(messages)).toEqual([3, 4, 5]);
    expect(messages.every(({ replay }) => replay === true)).toBe(true);
    await publish(stage, 1);
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ offset: 6 }]);
    expect(stage.core.stats()).toMatchObject({ recovered: 1, unrecovered: 0, replayed: 3, delivered: 4 });
  });

  test('of an empty log by who is up to date is recovered (I3)', async () => {
    const { stage, broker } = stageWith();
    const { epoch } = await broker.position('a');
    const peer = stage.connect();
    const heard = await stage.ask(peer, subscribe('a', { since: { epoch, offset: 0 } }));
    expect(heard).toMatchObject([{ type: 'subscribed', recovered: true, offset: 0 }]);
  });

  test.each([
    ['of another epoch', { offset: 1, epoch: 'other' }, 'epoch'],
    ['ahead of the log', { offset: 99 }, 'ahead'],
    ['before what the log has kept', { offset: 0 }, 'trimmed'],
  ])('%s is answered with the top, a reason, and no part of the log (I3)', async (_, since, reason) => {
    const { stage, broker } = stageWith({}, { maxMessages: 3 });
    await publish(stage, 5);
    const { epoch } = await broker.position('a');
    const peer = stage.connect();
    const heard = await stage.ask(peer, subscribe('a', { since: { epoch, ...since } }));
    expect(heard).toMatchObject([{ type: 'subscribed', recovered: false, reason, offset: 5, epoch }]);
    expect(heard).toHaveLength(1);
  });

  test('that would not fit in half of the budget is not cut short, also where only the frames make it large (I3)', async () => {
    const { stage, broker } = stageWith({ limits: { peerBytes: 4_000 } });
    await publish(stage, 40, 1);
    const { epoch } = await broker.position('a');
    const peer = stage.connect();
    const heard = await stage.ask(peer, subscribe('a', { since: { epoch, offset: 0 } }));
    expect(heard).toMatchObject([{ type: 'subscribed', recovered: false, reason: 'too_large', offset: 40 }]);
    expect(heard).toHaveLength(1);
    expect(peer.closedWith).toBeUndefined();
  });

  test('with last gives the newest ones, as many as fit', async () => {
    const { stage } = stageWith({ limits: { peerBytes: 4_000 } });
    await publish(stage, 40, 1);
    const peer = stage.connect();
    expect(offsets(await stage.ask(peer, subscribe('a', { last: 2 })))).toEqual([39, 40]);
    const [answer, ...messages] = await stage.ask(peer, subscribe('a', { last: 40 }));
    expect(answer).toMatchObject({ recovered: false, reason: 'none', offset: 40 });
    expect(offsets(messages)).toEqual(Array.from({ length: messages.length }, (_, i) => 41 - messages.length + i));
    expect(messages.length).toBeGreaterThan(10);
  });

  test('of many topics is answered for each, in one go', async () => {
    const { stage, broker } = stageWith();
    const topics = await Promise.all(
      ['a', 'b', 'c'].map(async (topic) => ({ topic, ...(await broker.position(topic)) })),
    );
    const peer = stage.connect();
    const heard = await stage.ask(peer, { type: 'resume', rid: 1, topics });
    expect(heard).toMatchObject(topics.map(({ topic }) => ({ type: 'subscribed', rid: 1, topic, recovered: true })));
  });

  test('asks a broker that does not answer once, not once for each topic', async () => {
    const { stage, broker } = stageWith();
    broker.fate = () => 'lost';
    const peer = stage.connect();
    const topics = ['a', 'b', 'c'].map((topic) => ({ topic, epoch: 'x', offset: 0 }));
    peer.say({ type: 'resume', rid: 1, topics });
    await stage.pass(5_000);
    const errors = peer.heardOf('error');
    expect(errors).toMatchObject(topics.map(({ topic }) => ({ code: 'unavailable', retry: true, rid: 1, topic })));
    expect(stage.core.stats().subscriptions).toBe(0);
  });

  test('that a broker does not answer ends what was there, also where it was not asked any more', async () => {
    const { stage, broker } = stageWith();
    const topics = ['a', 'b'].map((topic) => ({ topic, epoch: 'x', offset: 0 }));
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'), subscribe('b'));
    broker.fates.read.push('refused');
    const heard = await stage.ask(peer, { type: 'resume', rid: 1, topics });
    expect(heard).toMatchObject(topics.map(({ topic }) => ({ code: 'unavailable', topic })));
    expect(stage.core.stats().subscriptions).toBe(0);
  });

  test('of more topics than one may have is answered for all of them', async () => {
    const { stage } = stageWith({ limits: { topics: 2 } });
    const peer = stage.connect();
    const topics = ['a', 'b', 'c'].map((topic) => ({ topic, epoch: 'x', offset: 0 }));
    const heard = await stage.ask(peer, { type: 'resume', rid: 1, topics });
    expect(heard).toMatchObject([
      { type: 'subscribed', topic: 'a' },
      { type: 'subscribed', topic: 'b' },
      { type: 'error', code: 'limit', topic: 'c', rid: 1 },
    ]);
  });

  test('waits for its turn where more is replayed than limits.replayPerSecond, and longer than a broker may take', async () => {
    const { stage, broker } = stageWith({ limits: { replayPerSecond: 1 } });
    await publish(stage, 10);
    const { epoch } = await broker.position('a');
    const peer = stage.connect();
    const resume = subscribe('a', { since: { epoch, offset: 0 } });
    expect(offsets(await stage.ask(peer, resume))).toHaveLength(10);
    expect(await stage.ask(peer, resume)).toEqual([]);
    await stage.pass(7_999);
    expect(peer.heard()).toEqual([]);
    await stage.pass(1);
    expect(offsets(peer.heard())).toHaveLength(10);
  });

  test('that waits for its turn keeps no ping waiting, said before or meanwhile, and nothing else goes before it', async () => {
    const { stage, broker } = stageWith({ limits: { replayPerSecond: 1 } });
    await publish(stage, 10);
    const { epoch } = await broker.position('a');
    const peer = stage.connect();
    const resume = subscribe('a', { since: { epoch, offset: 0 } });
    await stage.ask(peer, resume);
    peer.say(resume);
    peer.say({ type: 'ping', t: 'before' });
    peer.say({ type: 'else' });
    await stage.pass(100);
    peer.say({ type: 'ping', t: 'meanwhile' });
    await stage.pass(100);
    expect(peer.heard()).toEqual([
      { type: 'pong', t: 'before' },
      { type: 'pong', t: 'meanwhile' },
    ]);
    await stage.pass(10_000);
    expect(peer.heard().map(({ type, received }) => received ?? type)).toEqual([
      'subscribed',
      ...Array.from({ length: 10 }, () => 'message'),
      { type: 'else' },
    ]);
  });
});

describe('while a subscription reads', () => {
  test('nothing that is published is lost or told twice (I4)', async () => {
    const { stage, broker } = stageWith();
    await publish(stage, 2);
    const { epoch } = await broker.position('a');
    broker.latency = (call) => (call === 'read' ? 100 : 0);
    const peer = stage.connect();
    peer.say(subscribe('a', { since: { epoch, offset: 1 } }));
    // Before the broker reads, and after.
    await stage.pass(50);
    await publish(stage, 2);
    await stage.pass(100);
    await publish(stage, 2);
    await stage.pass(100);
    await publish(stage, 1);
    await stage.pass();
    expect(offsets(peer.heard())).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test('more than may wait begins the read again, and three times in a row end in a reset (I4)', async () => {
    const { stage, broker } = stageWith({ limits: { peerBytes: 10_000, replayPerSecond: 1e6 } });
    const { epoch } = await broker.position('a');
    broker.latency = (call) => (call === 'read' ? 100 : 0);
    const peer = stage.connect();
    peer.say(subscribe('a', { since: { epoch, offset: 0 } }));
    await stage.pass(150);
    await publish(stage, 1, 'x'.repeat(6_000));
    await stage.pass(400);
    expect(peer.heard()).toMatchObject([
      { type: 'hello' },
      { type: 'subscribed', recovered: false, reason: 'too_large' },
    ]);

    peer.say(subscribe('a'));
    for (let i = 0; i < 3; i++) {
      await stage.pass(150);
      await publish(stage, 1, 'x'.repeat(6_000));
      await stage.pass(50);
    }
    expect(peer.heard()).toMatchObject([{ type: 'reset', topic: 'a', reason: 'busy' }]);
    expect(broker.calls.filter(({ call }) => call === 'read')).toHaveLength(5);
    expect(broker.listeners).toBe(0);
  });

  test('a loss of the broker begins the read again: what was read is of a log that is no more (I4, I7)', async () => {
    const { stage, broker } = stageWith();
    await publish(stage, 3);
    const { epoch } = await broker.position('a');
    broker.latency = (call) => (call === 'read' ? 100 : 0);
    const peer = stage.connect();
    peer.say(subscribe('a', { since: { epoch, offset: 1 } }));
    await stage.pass(150);
    await broker.comeBack({ without: 1 });
    await stage.pass(300);
    const [, answer, ...rest] = peer.heard();
    expect(answer).toMatchObject({ type: 'subscribed', recovered: false, reason: 'epoch', offset: 2 });
    expect(answer?.['epoch']).not.toBe(epoch);
    expect(rest).toEqual([]);
  });

  test.each(['refused', 'lost', 'done-lost', 'done-refused'] as const)(
    'a broker that has %s it is answered with unavailable, and the next try begins anew',
    async (fate) => {
      for (const call of ['subscribe', 'read'] as const) {
        const { stage, broker } = stageWith();
        broker.fates[call].push(fate);
        const peer = stage.connect();
        peer.say(subscribe('a', { rid: 1 }));
        await stage.pass(5_000);
        expect(peer.heardOf('error')).toMatchObject([{ code: 'unavailable', topic: 'a', rid: 1, retry: true }]);
        expect(stage.core.stats()).toMatchObject({ topics: 0, subscriptions: 0 });
        expect(await stage.ask(peer, subscribe('a'))).toMatchObject([{ type: 'subscribed' }]);
        await publish(stage, 1);
        await stage.pass();
        expect(offsets(peer.heard())).toEqual([1]);
      }
    },
  );

  test('a broker that never says that it listens keeps nobody waiting who comes later', async () => {
    const { stage, broker } = stageWith();
    broker.fates.subscribe.push('lost');
    const [first, second, third] = [stage.connect(), stage.connect(), stage.connect()];
    first.say(subscribe('a'), subscribe('a'));
    await stage.pass(3_000);
    second.say(subscribe('a'));
    await stage.pass(2_000);
    expect(first.heard().slice(1)).toMatchObject([{ code: 'unavailable' }, { type: 'subscribed' }]);
    expect(second.heardOf('error')).toMatchObject([{ code: 'unavailable' }]);
    expect(await stage.ask(third, subscribe('a'))).toMatchObject([{ type: 'subscribed' }]);
    await publish(stage, 1);
    await stage.pass();
    expect(offsets(third.heard())).toEqual([1]);
  });

  test('a peer that leaves is forgotten, whenever the broker answers', async () => {
    const { stage, broker } = stageWith();
    broker.latency = () => 100;
    const peer = stage.connect();
    peer.say(subscribe('a'));
    await stage.pass(50);
    peer.end();
    await stage.pass(1_000);
    expect(broker.listeners).toBe(0);
    expect(broker.calls).toEqual([{ call: 'subscribe', topic: 'a' }]);
    expect(stage.core.stats()).toMatchObject({ connections: 0, topics: 0, subscriptions: 0 });
  });
});
