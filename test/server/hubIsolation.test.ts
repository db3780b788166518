import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FaultyBroker } from './fixtures/faultyBroker.ts';
import { failOnStrayErrors, HubStage, type StageOptions } from './fixtures/hubStage.ts';
import { SimulatedClock } from '../../src/testing/simulatedClock.ts';

const subscribe = (topic: string): object => ({ type: 'subscribe', topic });
const broken = (): never => {
  throw new Error('broken');
};

function circle(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

/** A hub that has one listener besides; whatever happens to others, this one hears the next message. */
async function stageWith(options: StageOptions = {}) {
  failOnStrayErrors();
  const stage = new HubStage(options);
  const bystander = stage.connect({ clientId: 'bystander' });
  await stage.ask(bystander, subscribe('a'));
  const isUnharmed = async (): Promise<void> => {
    await stage.pass();
    bystander.heard();
    await stage.core.publish('a', 'next');
    await stage.pass();
    expect(bystander.heard()).toMatchObject([{ type: 'message', data: 'next' }]);
  };
  return { stage, isUnharmed };
}

describe('a frame that breaks its own session breaks no other', () => {
  test.each([
    ['no JSON', '{"type":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[1]'],
    ['a topic that is a number', '{"type":"subscribe","topic":1}'],
    ['a topic with a control character', '{"type":"subscribe","topic":"a\\u0000"}'],
    ['a topic that is too long', JSON.stringify(subscribe('x'.repeat(257)))],
    ['a depth without end', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['__proto__ as its type', '{"type":"__proto__","__proto__":{"topic":"a"}}'],
  ])('%s is answered, and the connection lives', async (_, text) => {
    const { stage, isUnharmed } = await stageWith();
    for (const peer of [stage.connect(), stage.connectBasic()]) {
      const heard = await stage.ask(peer, text, { type: 'ping' });
      expect(heard).toHaveLength(2);
      expect(heard[1]).toEqual({ type: 'pong' });
      expect(peer.closedWith).toBeUndefined();
    }
    await isUnharmed();
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    '%s is a topic, an id and a client like any other',
    async (name) => {
      const { stage, isUnharmed } = await stageWith();
      const peer = stage.connect({ clientId: name, principal: { id: name } });
      const heard = await stage.ask(peer, subscribe(name), {
        type: 'publish',
        topic: name,
        data: 1,
        id: name,
        rid: name,
      });
      expect(heard.map(({ type }) => type)).toEqual(['subscribed', 'message', 'ack']);
      expect(stage.core.sendTo(name, 1)).toBe(1);
      await isUnharmed();
    },
  );

  test('a binary frame ends its own connection with 4400', async () => {
    const { stage, isUnharmed } = await stageWith();
    const peer = stage.connect();
    peer.sayBinary();
    expect(peer.closedWith?.code).toBe(4400);
    await isUnharmed();
  });
});

describe('a function of the user that throws', () => {
  test('as onFrame is answered with internal, and in its turn', async () => {
    const { stage, isUnharmed } = await stageWith({ onFrame: broken });
    const peer = stage.connect();
    const heard = await stage.ask(peer, { hello: 1 }, { type: 'ping' });
    expect(heard).toMatchObject([{ type: 'error', code: 'internal' }, { type: 'pong' }]);
    expect(JSON.stringify(heard)).not.toContain('broken');
    await isUnharmed();
  });

  test.each([
    ['that refers to itself', circle],
    ['whose toJSON throws', () => ({ toJSON: broken })],
    ['that is a BigInt', () => 1n],
  ])('so is an answer of onFrame %s', async (_, onFrame) => {
    const { stage, isUnharmed } = await stageWith({ onFrame });
    expect(await stage.ask(stage.connect(), { hello: 1 })).toMatchObject([{ type: 'error', code: 'internal' }]);
    await isUnharmed();
  });

  test('as reauthenticate is a refusal of the token', async () => {
    const { stage, isUnharmed } = await stageWith();
    const peer = stage.connect({ principal: { id: 'ann' }, reauthenticate: async () => Promise.resolve(broken()) });
    await stage.ask(peer, { type: 'auth', token: 'x' });
    expect(peer.closedWith?.code).toBe(4401);
    await isUnharmed();
  });

  test('as the logger keeps no message from those who come after', async () => {
    const { stage, isUnharmed } = await stageWith({
      logger: { info: broken, warn: broken, error: broken },
      limits: { peerBytes: 2_000 },
      authorize: (_, __, topic) => (topic === 'a' ? true : broken()),
    });
    const slow = stage.connect();
    await stage.ask(slow, subscribe('a'));
    const after = stage.connect();
    await stage.ask(after, subscribe('a'));
    slow.isStalled = true;
    for (let i = 0; i < 10; i++) {
      await stage.core.publish('a', 'x'.repeat(500));
      await stage.pass();
    }
    expect(slow.closedWith?.code).toBe(4413);
    expect(after.heard()).toHaveLength(10);
    expect(await stage.ask(after, subscribe('b'))).toMatchObject([{ code: 'unavailable' }]);
    expect(() => stage.core.sendTo('nobody', 1)).not.toThrow();
    await isUnharmed();
  });

  test.each(['subscribe', 'read', 'publish'] as const)(
    'as %s of the broker, at once and not as a rejection, is unavailable',
    async (call) => {
      const clock = new SimulatedClock();
      const broker = new FaultyBroker({ clock });
      const { stage, isUnharmed } = await stageWith({ clock, broker });
      const works = broker[call].bind(broker);
      broker[call] = broken;
      const frame = call === 'publish' ? { type: 'publish', topic: 'b', data: 1, id: '1' } : subscribe('b');
      const peer = stage.connect();
      expect(await stage.ask(peer, frame)).toMatchObject([{ type: 'error', code: 'unavailable', topic: 'b' }]);
      broker[call] = works as never;
      await isUnharmed();
    },
  );

  test('as what ends a subscription of the broker keeps nobody from leaving', async () => {
    const clock = new SimulatedClock();
    const broker = new FaultyBroker({ clock });
    broker.subscribe = () => Promise.resolve(broken);
    failOnStrayErrors();
    const stage = new HubStage({ clock, broker });
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'));
    const heard = await stage.ask(peer, { type: 'unsubscribe', topic: 'a' }, { type: 'ping' });
    expect(heard.map(({ type }) => type)).toEqual(['unsubscribed', 'pong']);
    await stage.ask(peer, subscribe('a'));
    peer.end();
    expect(stage.core.stats()).toMatchObject({ connections: 0, topics: 0 });
    expect(stage.log.map(({ message }) => message)).toEqual(Array(2).fill('the broker could not be told to stop'));
  });
});

describe('the hub may be asked from within', () => {
  test('to publish in onFrame: its message comes in the same order for all, the answer after it', async () => {
    const { stage, isUnharmed } = await stageWith({
      onFrame: (frame) => {
        void stage.core.publish('a', frame);
        return 'done';
      },
    });
    const peer = stage.connect();
    await stage.ask(peer, subscribe('a'));
    expect(await stage.ask(peer, { n: 1 }, { n: 2 })).toMatchObject([
      { type: 'message', data: { n: 1 }, offset: 1 },
      'done',
      { type: 'message', data: { n: 2 }, offset: 2 },
      'done',
    ]);
    await isUnharmed();
  });

  test('to publish in authorize, to the very topic that is being joined', async () => {
    const { stage, isUnharmed } = await stageWith({
      authorize: async (_, action, topic) => {
        if (action === 'subscribe' && topic === 'b') await stage.core.publish('b', 'somebody comes');
        return true;
      },
    });
    const peer = stage.connect();
    const heard = await stage.ask(peer, { ...subscribe('b'), last: 9 }, { ...subscribe('b'), last: 9 });
    expect(heard.map(({ type, offset }) => [type, offset])).toEqual([
      ['subscribed', 1],
      ['message', 1],
      // Live, since it was still listening, and again as a part of what was asked for.
      ['message', 2],
      ['subscribed', 2],
      ['message', 1],
      ['message', 2],
    ]);
    await isUnharmed();
  });

  test('to hang up on the client that asks: what it said after that is not answered', async () => {
    const { stage, isUnharmed } = await stageWith({
      onFrame: (_, { clientId }) => stage.core.disconnect(clientId, 4403),
    });
    const peer = stage.connect({ clientId: 'rude' });
    expect(await stage.ask(peer, { rude: 1 }, { type: 'ping' }, subscribe('a'))).toEqual([]);
    expect(peer.closedWith?.code).toBe(4403);
    await isUnharmed();
  });

  test('to hang up in authorize', async () => {
    const { stage, isUnharmed } = await stageWith({
      authorize: ({ clientId }) => clientId !== 'rude' || stage.core.disconnect(clientId, 4403) > 0,
    });
    const peer = stage.connect({ clientId: 'rude' });
    expect(await stage.ask(peer, subscribe('b'), { type: 'publish', topic: 'b', data: 1 })).toEqual([]);
    expect(stage.core.stats()).toMatchObject({ topics: 1, published: 0 });
    await isUnharmed();
  });
});

describe('onFrame may take its time', () => {
  test('what it answers later is sent in its turn', async () => {
    const { stage, isUnharmed } = await stageWith({ onFrame: (frame) => Promise.resolve({ later: frame }) });
    const peer = stage.connect();
    expect(await stage.ask(peer, { a: 1 }, { type: 'ping' })).toEqual([{ later: { a: 1 } }, { type: 'pong' }]);
    await isUnharmed();
  });

  test('what it fails at later is answered with internal, and ends nothing', async () => {
    const { stage, isUnharmed } = await stageWith({ onFrame: () => Promise.reject(new Error('broken')) });
    const peer = stage.connect();
    expect(await stage.ask(peer, { a: 1 })).toMatchObject([{ type: 'error', code: 'internal' }]);
    await isUnharmed();
  });
});

test('the log says where a function of the application failed, and none of its words', async () => {
  const fail = (): never => {
    throw new Error('a secret');
  };
  const stage = new HubStage({ authenticate: () => null, authorize: fail, onFrame: fail });
  await stage.ask(stage.connect(), subscribe('a'), { type: 'else' });
  const facts = stage.log.filter(({ level }) => level === 'error').map((line) => line.facts);
  expect(facts).toHaveLength(2);
  for (const each of facts) {
    expect(each).toMatchObject({ error: 'Error', at: expect.stringContaining('hubIsolation') as string });
    expect(inspect(each)).not.toContain('secret');
  }
});
