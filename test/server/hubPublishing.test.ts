import { describe, expect, test } from 'vitest';
import { FaultyBroker } from './fixtures/faultyBroker.ts';
import { HubStage, type StageOptions } from './fixtures/hubStage.ts';
import { SimulatedClock } from '../../src/testing/simulatedClock.ts';

function stageWith(options: StageOptions = {}) {
  const clock = new SimulatedClock();
  const broker = new FaultyBroker({ clock });
  return { broker, stage: new HubStage({ clock, broker, ...options }) };
}

const publish = (id: string | undefined, more: object = {}): object => ({
  type: 'publish',
  topic: 'a',
  data: id ?? null,
  id,
  ...more,
});
const logOf = (broker: FaultyBroker): unknown[] =>
  [...broker.truth.values()].flatMap((entries) => entries.map(({ data }) => JSON.parse(data) as unknown));
const SECRET = 'client'.padEnd(22, 'x');

describe('an ack', () => {
  test('goes out when the broker has answered, and not before (I5)', async () => {
    const { stage, broker } = stageWith();
    broker.latency = () => 100;
    const peer = stage.connect();
    peer.heard();
    peer.say(publish('1', { rid: 9 }));
    await stage.pass(199);
    expect(peer.heardOf('ack')).toEqual([]);
    await stage.pass(1);
    const { epoch } = await broker.position('a');
    expect(peer.heard()).toEqual([{ type: 'ack', id: '1', rid: 9, topic: 'a', epoch, offset: 1, duplicate: false }]);
  });

  test('of a publish that comes again gives its first place, and says that it is a duplicate (I5)', async () => {
    const { stage, broker } = stageWith();
    const first = stage.connect();
    await stage.ask(first, publish('1', { client: SECRET }), publish('2'));
    first.end();
    const second = stage.connect();
    expect(await stage.ask(second, publish('1', { client: SECRET }))).toMatchObject([{ offset: 1, duplicate: true }]);
    expect(logOf(broker)).toEqual(['1', '2']);
    expect(stage.core.stats()).toMatchObject({ published: 2, duplicates: 1 });
  });

  test.each([
    ['two clients that have not logged in', {}, {}],
    ['two clients with secrets of their own', { client: SECRET }, { client: SECRET.replace('c', 'k') }],
  ])('of %s with the same id is for two entries (I5)', async (_, one, other) => {
    const { stage, broker } = stageWith();
    await stage.ask(stage.connect(), publish('1', one));
    expect(await stage.ask(stage.connect(), publish('1', other))).toMatchObject([{ offset: 2, duplicate: false }]);
    expect(logOf(broker)).toEqual(['1', '1']);
  });

  test('is within the principal where there is one, whatever secret a client brings (I5)', async () => {
    const { stage } = stageWith({ authenticate: () => null, authorize: () => true });
    const as = (id: string) => stage.connect({ principal: { id } });
    await stage.ask(as('ann'), publish('1', { client: SECRET }));
    expect(await stage.ask(as('bob'), publish('1', { client: SECRET }))).toMatchObject([{ duplicate: false }]);
    expect(await stage.ask(as('ann'), publish('1', { client: SECRET.replace('c', 'k') }))).toMatchObject([
      { duplicate: true },
    ]);
  });

  test('does not come for what bears neither id nor rid', async () => {
    const { stage, broker } = stageWith();
    const peer = stage.connect();
    expect(await stage.ask(peer, publish(undefined))).toEqual([]);
    expect(logOf(broker)).toEqual([null]);
  });
});

describe('the order of what one client publishes (I8)', () => {
  test('is that of its frames, also where authorize takes longer for some', async () => {
    let slow = 0;
    const { stage, broker } = stageWith({
      authorize: () => new Promise((resolve) => stage.clock.setTimeout(() => resolve(true), (slow = 50 - slow))),
    });
    const peer = stage.connect();
    peer.say(...['1', '2', '3', '4'].map((id) => publish(id)));
    await stage.pass(1_000);
    expect(logOf(broker)).toEqual(['1', '2', '3', '4']);
    expect(peer.heardOf('ack').map(({ id }) => id)).toEqual(['1', '2', '3', '4']);
  });

  test.each(['refused', 'lost', 'done-refused', 'done-lost'] as const)(
    'holds where the broker has %s one: those behind it wait until the client begins again with it',
    async (fate) => {
      const { stage, broker } = stageWith();
      broker.fates.publish.push(fate);
      const peer = stage.connect();
      peer.say(publish('1'), publish('2'), publish('3'));
      await stage.pass(5_000);
      expect(peer.heardOf('error')).toMatchObject([
        { id: '1', topic: 'a', code: 'unavailable', retry: true },
        { id: '2', topic: 'a', code: 'epoch_changed', retry: true },
        { id: '3', topic: 'a', code: 'epoch_changed', retry: true },
      ]);
      expect(await stage.ask(peer, publish('4'))).toMatchObject([{ id: '4', code: 'epoch_changed' }]);
      const again = await stage.ask(peer, publish('1'), publish('2'), publish('3'), publish('4'));
      expect(again.map(({ type, id }) => [type, id])).toEqual(['1', '2', '3', '4'].map((id) => ['ack', id]));
      expect(logOf(broker)).toEqual(['1', '2', '3', '4']);
    },
  );

  test('holds where one was over the rate of publishes, or of frames', async () => {
    for (const limits of [{ publishPerSecond: 1 }, { framesPerSecond: 1 }]) {
      const { stage, broker } = stageWith({ limits });
      const peer = stage.connect();
      const heard = await stage.ask(peer, publish('1'), publish('2'), publish('3'));
      expect(heard).toMatchObject([
        { type: 'ack', id: '1' },
        { type: 'ack', id: '2' },
        { id: '3', topic: 'a', code: 'rate_limited', retry: true, afterMs: 1_000 },
      ]);
      await stage.pass(1_000);
      expect(await stage.ask(peer, publish('4'))).toMatchObject([{ id: '4', code: 'epoch_changed' }]);
      await stage.pass(2_000);
      expect(await stage.ask(peer, publish('3'), publish('4'))).toMatchObject([{ type: 'ack' }, { type: 'ack' }]);
      expect(logOf(broker)).toEqual(['1', '2', '3', '4']);
    }
  });

  test('holds where the broker has lost something: who publishes begins again with the oldest that has no ack', async () => {
    const { stage, broker } = stageWith();
    const peer = stage.connect();
    await stage.ask(peer, publish('1'), publish('2'));
    await broker.comeBack({ without: 1 });
    // The ack of 2 may still be on its way: 3 must not come before a 2 that is repeated.
    expect(await stage.ask(peer, publish('3'))).toMatchObject([{ id: '3', code: 'epoch_changed', retry: true }]);
    expect(await stage.ask(peer, publish('2'))).toMatchObject([{ id: '2', code: 'epoch_changed' }]);
    expect(await stage.ask(peer, publish('2'), publish('3'))).toMatchObject([
      { type: 'ack', id: '2', offset: 2, duplicate: false },
      { type: 'ack', id: '3', offset: 3 },
    ]);
    const newcomer = stage.connect();
    await broker.comeBack({ without: 0 });
    expect(await stage.ask(newcomer, publish('1'))).toMatchObject([{ type: 'ack' }]);
  });

  test('holds where the broker loses something while it is still asked whether the next one is allowed', async () => {
    let allow: (isAllowed: boolean) => void = () => undefined;
    const { stage, broker } = stageWith({
      authorize: (_, __, topic) => topic === 'a' || new Promise<boolean>((resolve) => (allow = resolve)),
    });
    const peer = stage.connect();
    await stage.ask(peer, publish('1'));
    peer.say(publish('2', { topic: 'b' }));
    await stage.pass();
    await broker.comeBack({ without: 1 });
    allow(true);
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ id: '2', topic: 'b', code: 'epoch_changed', retry: true }]);
    expect(logOf(broker)).toEqual(['1']);
  });

  test('lets what is denied go by: it will never come again', async () => {
    const { stage, broker } = stageWith({ authorize: (_, __, topic) => topic === 'a' });
    const peer = stage.connect();
    expect(await stage.ask(peer, publish('1', { topic: 'b' }), publish('2'))).toMatchObject([
      { type: 'error', id: '1', topic: 'b', code: 'denied', retry: false },
      { type: 'ack', id: '2' },
    ]);
    expect(logOf(broker)).toEqual(['2']);
  });

  test('remembers a bounded number of refused ids, and its oldest among them', async () => {
    const { stage, broker } = stageWith({ limits: { publishPerSecond: 1e6, framesPerSecond: 1e6 } });
    broker.fates.publish.push('refused');
    const peer = stage.connect();
    for (let i = 0; i < 3_000; i++) await stage.ask(peer, publish(`${i}`));
    expect(await stage.ask(peer, publish('2999'))).toMatchObject([{ code: 'epoch_changed' }]);
    expect(await stage.ask(peer, publish('0'), publish('1'))).toMatchObject([{ type: 'ack' }, { type: 'ack' }]);
  });

  test('does not hold back for ever who gives up what was refused: no longer than it might be repeated', async () => {
    const { stage, broker } = stageWith({ heartbeat: false });
    const peer = stage.connect();
    broker.fates.publish.push('refused');
    await stage.ask(peer, publish('first'));
    // Each only once: what waits holds nobody back for any longer.
    for (let id = 0; id < 10; id++) {
      expect(await stage.ask(peer, publish(`${id}`))).toMatchObject([{ code: 'epoch_changed' }]);
      await stage.pass((broker.dedupeWindowMs - 1) / 10);
    }
    expect(await stage.ask(peer, publish('too early'))).toMatchObject([{ code: 'epoch_changed' }]);
    await stage.pass(1);
    expect(await stage.ask(peer, publish('later'), publish('last'))).toMatchObject([{ type: 'ack' }, { type: 'ack' }]);
    expect(logOf(broker)).toEqual(['later', 'last']);
  });

  test('holds anew where another one is refused later: what was refused before is no beginning', async () => {
    const { stage, broker } = stageWith({ heartbeat: false });
    const peer = stage.connect();
    broker.fates.publish.push('refused');
    await stage.ask(peer, publish('1'), publish('2'));
    await stage.pass(broker.dedupeWindowMs);
    broker.fates.publish.push('refused');
    const heard = await stage.ask(peer, publish('3'), publish('4'), publish('2'));
    expect(heard.map(({ code }) => code)).toEqual(['unavailable', 'epoch_changed', 'epoch_changed']);
    await stage.pass(broker.dedupeWindowMs - 1);
    expect(await stage.ask(peer, publish('5'))).toMatchObject([{ code: 'epoch_changed' }]);
    expect(await stage.ask(peer, publish('3'), publish('4'))).toMatchObject([{ type: 'ack' }, { type: 'ack' }]);
  });

  test('does not hold back for ever who has given up all the refused ids that are remembered', async () => {
    const { stage, broker } = stageWith({ heartbeat: false, limits: { publishPerSecond: 1e6, framesPerSecond: 1e6 } });
    broker.fates.publish.push('refused');
    const peer = stage.connect();
    const rest = ['1000', '1001', '1002'].map((id) => publish(id));
    for (let i = 0; i < 1_000; i++) await stage.ask(peer, publish(`${i}`));
    await stage.ask(peer, ...rest);
    await stage.pass(broker.dedupeWindowMs - 1);
    for (const { code } of await stage.ask(peer, ...rest)) expect(code).toBe('epoch_changed');
    await stage.pass(1);
    for (const { type } of await stage.ask(peer, ...rest)) expect(type).toBe('ack');
    expect(logOf(broker)).toEqual(['1000', '1001', '1002']);
  });
});

describe('what is published', () => {
  test('is not handed to the broker any more when its session is over', async () => {
    let allow: (isAllowed: boolean) => void = () => undefined;
    const { stage, broker } = stageWith({ authorize: () => new Promise<boolean>((resolve) => (allow = resolve)) });
    const peer = stage.connect();
    peer.say(publish('1'), publish('2'));
    await stage.pass();
    peer.end();
    allow(true);
    await stage.pass(1_000);
    expect(broker.calls).toEqual([]);
  });

  test('by the hub itself is told to everybody, and rejects where the broker does not answer', async () => {
    const { stage, broker } = stageWith();
    const [ann, bob] = [stage.connect(), stage.connectBasic()];
    ann.say({ type: 'subscribe', topic: 'a' });
    bob.say({ type: 'subscribe', topic: 'a' });
    await stage.pass();
    ann.heard();
    await expect(stage.core.publish('a', { x: 1 }, { id: 'once' })).resolves.toMatchObject({ duplicate: false });
    await expect(stage.core.publish('a', { x: 1 }, { id: 'once' })).resolves.toMatchObject({ duplicate: true });
    await stage.pass();
    expect(ann.heard()).toMatchObject([{ type: 'message', data: { x: 1 }, id: 'once', offset: 1 }]);
    expect(bob.heard()).toEqual([{ x: 1 }]);
    broker.fates.publish.push('lost');
    const lost = expect(stage.core.publish('a', 1)).rejects.toThrow('has not answered');
    await stage.pass(5_000);
    await lost;
    await expect(stage.core.publish('', 1)).rejects.toThrow('topic');
    await expect(stage.core.publish('a', undefined)).rejects.toThrow('data');
  });
});
