import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulatedClock.ts';
import { FaultyBroker } from './fixtures/faultyBroker.ts';
import { HubStage } from './fixtures/hubStage.ts';

const PEER_BYTES = 4_000;
const FILLING = 'x'.repeat(1_000);

/** A peer that is subscribed to topics, takes nothing, and has fallen behind in each. */
async function behind({
  protocol = 'topics.v1+json',
  topics = ['a'],
  history,
}: {
  protocol?: string;
  topics?: readonly string[];
  history?: ConstructorParameters<typeof FaultyBroker>[0]['history'];
} = {}) {
  const clock = new SimulatedClock();
  const broker = new FaultyBroker({ clock, history });
  const stage = new HubStage({ clock, broker, slowConsumer: 'latest', limits: { peerBytes: PEER_BYTES } });
  const peer = stage.connect({ protocol });
  for (const topic of ['full', ...topics]) await stage.ask(peer, { type: 'subscribe', topic });
  peer.isStalled = true;
  for (let i = 0; i < 5; i++) await stage.core.publish('full', FILLING);
  await stage.ask(peer, { type: 'unsubscribe', topic: 'full' });
  for (const topic of topics) for (let i = 1; i <= 5; i++) await stage.core.publish(topic, `${i} ${FILLING}`);
  await stage.pass();
  broker.calls.length = 0;
  /** The network takes what waits: gives what comes after that, within this moment. */
  const flow = async () => {
    peer.isStalled = false;
    peer.drain();
    peer.heard();
    await stage.pass();
    return peer.heard();
  };
  return { stage, broker, peer, flow, publish: (data: unknown, topic = 'a') => stage.core.publish(topic, data) };
}

const reads = ({ calls }: FaultyBroker): string[] =>
  calls.filter(({ call }) => call === 'read').map(({ topic }) => topic);
const basic = { protocol: '' };

describe('the newest message of a topic in which a peer fell behind', () => {
  test('is read anew when there is room, one topic after the other', async () => {
    const { stage, broker, peer, flow } = await behind({ topics: ['a', 'b', 'c'] });
    broker.latency = () => 10;
    expect(await flow()).toEqual([]);
    for (const topic of ['a', 'b', 'c']) {
      expect(reads(broker).at(-1)).toBe(topic);
      await stage.pass(20);
      expect(peer.heard()).toMatchObject([
        { type: 'subscribed', topic, sub: 1, offset: 4, recovered: false, reason: 'too_large' },
        { type: 'message', topic, sub: 1, offset: 5 },
      ]);
    }
    expect(reads(broker)).toEqual(['a', 'b', 'c']);
  });

  test('is not kept: where the log has it no more, the gap is told and nothing else', async () => {
    const history = { maxMessages: 0 };
    const { flow, peer, publish, stage } = await behind({ history });
    expect(await flow()).toMatchObject([{ type: 'subscribed', offset: 5, recovered: false, reason: 'too_large' }]);
    await publish('next');
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ type: 'message', offset: 6, data: 'next' }]);
    const other = await behind({ history, ...basic });
    expect(await other.flow()).toEqual([]);
    await other.publish('next');
    await other.stage.pass();
    expect(other.peer.heard()).toEqual(['next']);
  });

  test('is followed by what was published while it was read, without a gap and nothing twice', async () => {
    const { stage, broker, peer, flow, publish } = await behind();
    broker.latency = (call) => (call === 'read' ? 10 : 0);
    await flow();
    await publish('on its way to the log');
    await stage.pass(15);
    await publish('on its way back');
    await stage.pass(5);
    expect(peer.heard()).toMatchObject([
      { type: 'subscribed', offset: 5 },
      { type: 'message', offset: 6, data: 'on its way to the log' },
      { type: 'message', offset: 7, data: 'on its way back' },
    ]);
  });

  test('is followed likewise in basic mode', async () => {
    const { stage, broker, peer, flow, publish } = await behind(basic);
    broker.latency = (call) => (call === 'read' ? 10 : 0);
    await flow();
    await publish('on its way to the log');
    await stage.pass(15);
    await publish('on its way back');
    await stage.pass(5);
    expect(peer.heard()).toEqual(['on its way to the log', 'on its way back']);
  });

  test('comes without a word where nothing lies between', async () => {
    const { stage, peer, publish, flow } = await behind({ topics: ['a', 'b'] });
    await flow();
    peer.isStalled = true;
    for (let i = 0; i < 4; i++) await publish(FILLING, 'b');
    await publish('alone');
    await stage.pass();
    const heard = await flow();
    expect(heard.filter(({ topic }) => topic === 'b')).toMatchObject([{ type: 'message', offset: 9 }]);
  });

  test('that is larger than there is room for waits until the network has taken everything', async () => {
    const { stage, broker, peer, publish } = await behind();
    await publish('x'.repeat(PEER_BYTES));
    await stage.pass();
    peer.drain(2);
    await publish('y'.repeat(PEER_BYTES));
    await stage.pass();
    expect(reads(broker)).toEqual(['a']);
    expect(peer.closedWith).toBeUndefined();
    peer.isStalled = false;
    peer.drain();
    await stage.pass();
    expect(peer.heard().at(-1)).toMatchObject({ type: 'message', offset: 7 });
  });

  test('is not told to who has left the topic meanwhile', async () => {
    const { stage, broker, peer, flow } = await behind({ topics: ['a', 'b'] });
    broker.latency = () => 10;
    await flow();
    peer.say({ type: 'unsubscribe', topic: 'a' }, { type: 'unsubscribe', topic: 'b' });
    await stage.pass(1_000);
    expect(peer.heard()).toMatchObject([{ type: 'unsubscribed' }, { type: 'unsubscribed' }]);
    expect(reads(broker)).toEqual(['a']);
  });

  test('is not told again by a log that answers as of before', async () => {
    const { broker, peer, flow, publish } = await behind(basic);
    await flow();
    peer.isStalled = true;
    for (let i = 0; i < 5; i++) await publish(`${i} ${FILLING}`);
    const read = broker.read.bind(broker);
    broker.read = async (topic, options) => ({ ...(await read(topic, options)), top: 5 });
    expect(await flow()).toEqual([]);
  });
});

describe('where the newest message cannot be had', () => {
  /** While it is read, more is published than may be held. */
  const floods = (broker: FaultyBroker, publish: (data: unknown) => unknown): void => {
    const read = broker.read.bind(broker);
    broker.read = (topic, options) => {
      for (let n = 0; n < 3; n++) void publish(FILLING);
      return read(topic, options);
    };
  };

  test('since the log does not answer, the subscription is reset', async () => {
    const { stage, broker, flow } = await behind();
    broker.fates.read.push('refused');
    expect(await flow()).toMatchObject([{ type: 'reset', topic: 'a', sub: 1, reason: 'unavailable' }]);
    expect(stage.core.stats()).toMatchObject({ subscriptions: 0, resets: 1 });
    expect(stage.log).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('or does not answer in time, it is reset then, and the others go on', async () => {
    const { stage, broker, peer, flow } = await behind({ topics: ['a', 'b'] });
    broker.fates.read.push('lost');
    await flow();
    await stage.pass(5_000);
    expect(peer.heard()).toMatchObject([
      { type: 'reset', topic: 'a', reason: 'unavailable' },
      { type: 'subscribed', topic: 'b' },
      { type: 'message', topic: 'b', offset: 5 },
    ]);
  });

  test('since too much is published meanwhile, it is reset after three reads, and no more is held than may be', async () => {
    const { broker, flow, publish } = await behind();
    floods(broker, publish);
    expect(await flow()).toMatchObject([{ type: 'reset', topic: 'a', reason: 'busy' }]);
    expect(reads(broker)).toHaveLength(3);
  });

  test('since the log is another one, it is reset', async () => {
    const { broker, flow } = await behind();
    await broker.comeBack({ without: 1 });
    expect(await flow()).toMatchObject([{ type: 'reset', topic: 'a', reason: 'epoch' }]);
  });

  test('since it becomes another one while it is read, it is reset', async () => {
    const { stage, broker, peer, flow } = await behind();
    broker.latency = (call) => (call === 'read' ? 10 : 0);
    await flow();
    await stage.pass(15);
    await broker.comeBack({ without: 1 });
    await stage.pass(100);
    expect(peer.heard()).toMatchObject([{ type: 'reset', topic: 'a', reason: 'epoch' }]);
  });

  test.each([
    ['does not answer', (broker: FaultyBroker) => void broker.fates.read.push('refused')],
    ['is too busy', floods],
  ])('in basic mode since the log %s, the next message is the newest', async (_, hinder) => {
    const { stage, broker, peer, flow, publish } = await behind(basic);
    hinder(broker, publish);
    expect(await flow()).toEqual([]);
    await publish('next');
    await stage.pass();
    expect(peer.heard()).toEqual(['next']);
  });
});

test('who is gone while a newest message is read leaves nothing behind', async () => {
  const { stage, broker, peer, flow } = await behind({ topics: ['a', 'b'] });
  broker.latency = () => 10;
  await flow();
  peer.end();
  await stage.pass(1_000);
  expect(reads(broker)).toEqual(['a']);
  expect(stage.core.stats()).toMatchObject({ connections: 0, subscriptions: 0 });
  expect(stage.timers.size).toBe(0);
});
