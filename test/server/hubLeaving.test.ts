import { describe, expect, test, vi } from 'vitest';
import { FaultyBroker } from './fixtures/faultyBroker.ts';
import { HubStage, type StageOptions } from './fixtures/hubStage.ts';
import { SimulatedClock } from '../../src/testing/simulatedClock.ts';

const subscribe = (topic: string): object => ({ type: 'subscribe', topic });

describe('sendTo', () => {
  test('reaches all connections of a client in their own mode, and nobody else', async () => {
    const stage = new HubStage();
    const ann = [stage.connect({ clientId: 'ann' }), stage.connectBasic({ clientId: 'ann' })];
    const bob = stage.connectBasic({ clientId: 'bob' });
    await stage.pass();
    for (const peer of ann) peer.heard();
    expect(stage.core.sendTo('ann', { x: 1 }, { id: 'one' })).toBe(2);
    expect(stage.core.sendTo('nobody', 1)).toBe(0);
    await stage.pass();
    expect(ann.map((peer) => peer.heard())).toEqual([[{ type: 'direct', data: { x: 1 }, id: 'one' }], [{ x: 1 }]]);
    expect(bob.heard()).toEqual([]);
    expect(() => stage.core.sendTo('ann', undefined)).toThrow('data');
  });

  test('warns once where client ids can be claimed by anybody', () => {
    const open = new HubStage();
    for (let i = 0; i < 3; i++) open.core.sendTo('ann', 1);
    expect(open.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
    const closed = new HubStage({ authenticate: () => null });
    closed.core.sendTo('ann', 1);
    expect(closed.log).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'toString'])('finds nobody by the name of %s', (clientId) => {
    const stage = new HubStage();
    stage.connect();
    expect([stage.core.sendTo(clientId, 1), stage.core.disconnect(clientId)]).toEqual([0, 0]);
  });
});

describe('disconnect', () => {
  test('hangs up on all connections of a client, after what was said before', async () => {
    const stage = new HubStage();
    const [ann, bob] = [stage.connectBasic({ clientId: 'ann' }), stage.connectBasic({ clientId: 'bob' })];
    stage.core.sendTo('ann', 'farewell');
    expect(stage.core.disconnect('ann', 4403, 'away with you')).toBe(1);
    expect(ann.heard()).toEqual(['farewell']);
    expect(ann.closedWith).toEqual({ code: 4403, reason: 'away with you' });
    expect(stage.core.disconnect('ann')).toBe(0);
    await stage.pass();
    expect(stage.core.stats()).toMatchObject({ connections: 1, closed: { 4403: 1 } });
    expect(stage.core.disconnect('bob')).toBe(1);
    expect(bob.closedWith?.code).toBe(1000);
  });

  test('with 1006 cuts all connections of a client, as a broken cable would', () => {
    const stage = new HubStage();
    const [ann, bob] = [stage.connectBasic({ clientId: 'ann' }), stage.connectBasic({ clientId: 'bob' })];
    expect(stage.core.disconnect('ann', 1006)).toBe(1);
    expect(ann.closedWith).toBeUndefined();
    expect([ann.isTerminated, bob.isTerminated]).toEqual([true, false]);
    expect(stage.core.stats()).toMatchObject({ connections: 1, closed: { 1006: 1 } });
  });

  test.each([0, 999, 1004, 1005, 1015, 2999, 5000, 1000.5, NaN])(
    'refuses %d, which no close frame may say, before anybody is touched',
    (code) => {
      const stage = new HubStage();
      const peer = stage.connect();
      expect(() => stage.core.disconnect('somebody', code)).toThrow(TypeError);
      expect(peer.closedWith).toBeUndefined();
    },
  );
});

describe('drain', () => {
  const COUNT = 200;
  const WINDOW_MS = 10_000;

  test('tells each peer when to come back, evenly over the window and after the time of grace', async () => {
    const stage = new HubStage();
    const peers = Array.from({ length: COUNT }, (_, i) => stage.connect({ clientId: `${i}` }));
    void stage.core.drain({ windowMs: WINDOW_MS, graceMs: 1_000 });
    await stage.pass();
    const told = peers.map((peer) => peer.heardOf('drain')[0] as { deadlineMs: number; retryAfterMs: number });
    expect(new Set(told.map(({ deadlineMs }) => deadlineMs))).toEqual(new Set([1_000]));
    const delays = told.map(({ retryAfterMs }) => retryAfterMs);
    // One in each slot, and not in the order in which they had come.
    const slots = delays.map((delayMs) => Math.floor(((delayMs - 1_000) / WINDOW_MS) * COUNT + 1e-6));
    const distance = Math.max(...[...slots].sort((a, b) => a - b).map((slot, i) => Math.abs(slot - i)));
    expect(distance).toBeLessThanOrEqual(1);
    expect(slots).not.toEqual([...slots].sort((a, b) => a - b));
    expect(new Set(delays.map((delayMs) => delayMs % 50)).size).toBeGreaterThan(10);
  });

  test('serves on until the deadline, then hangs up with 1012, and is over when everybody has left', async () => {
    const stage = new HubStage({ heartbeat: false });
    const [peer, basic] = [stage.connect(), stage.connectBasic()];
    await stage.ask(peer, subscribe('a'));
    const over = vi.fn();
    void stage.core.drain({ windowMs: WINDOW_MS, graceMs: 1_000 }).then(over);
    await stage.pass(999);
    await stage.core.publish('a', 'late');
    await stage.pass();
    const [drain, message] = peer.heard();
    expect(message).toMatchObject({ type: 'message', data: 'late' });
    expect(peer.closedWith).toBeUndefined();
    await stage.pass(1);
    const retryAfterMs = (drain as unknown as { retryAfterMs: number }).retryAfterMs - 1_000;
    expect(peer.closedWith).toEqual({ code: 1012, reason: `retry-after=${retryAfterMs}` });
    // Where there is no frame for it, the reason says it.
    expect(basic.heard()).toEqual([]);
    expect(basic.closedWith).toMatchObject({
      code: 1012,
      reason: expect.stringMatching(/^retry-after=\d+$/u) as string,
    });
    expect(over).toHaveBeenCalledOnce();
    expect(stage.timers.size).toBe(0);
  });

  test('takes nobody who comes late', async () => {
    const stage = new HubStage();
    stage.connect();
    void stage.core.drain({ windowMs: 1, graceMs: 1_000 });
    const late = stage.connect();
    expect(late.closedWith?.code).toBe(1012);
    expect(stage.core.connections).toBe(1);
    await stage.pass();
    expect(late.heard()).toEqual([]);
  });

  test('cuts off who does not answer the goodbye', async () => {
    const stage = new HubStage({ heartbeat: false });
    const peer = stage.connect({}, { isDeaf: true });
    const over = vi.fn();
    void stage.core.drain({ windowMs: 1, graceMs: 1 }).then(over);
    await stage.pass(2_000);
    expect(over).not.toHaveBeenCalled();
    await stage.pass(1);
    expect(peer.isTerminated).toBe(true);
    expect(over).toHaveBeenCalledOnce();
    expect(stage.timers.size).toBe(0);
  });
});

describe('close', () => {
  function busyStage(options: StageOptions = {}) {
    const clock = new SimulatedClock();
    const broker = new FaultyBroker({ clock });
    return { broker, stage: new HubStage({ clock, broker, ...options }) };
  }

  test('hangs up on everybody with 1001, and no timer and no listener of the broker is left', async () => {
    const { stage, broker } = busyStage({ limits: { firstFrameTimeoutMs: 60_000 } });
    const peers = [stage.connect(), stage.connectBasic(), stage.connect()];
    for (const peer of peers.slice(0, 2)) await stage.ask(peer, subscribe('a'));
    await Promise.all([stage.core.close(), stage.pass()]);
    expect(peers.map(({ closedWith }) => closedWith?.code)).toEqual([1001, 1001, 1001]);
    expect(stage.core.stats()).toMatchObject({ connections: 0, topics: 0, subscriptions: 0 });
    expect(stage.timers.size).toBe(0);
    expect(broker.listeners).toBe(0);
    await expect(stage.core.publish('a', 1)).rejects.toThrow('closed');
    expect(stage.connect().closedWith?.code).toBe(1001);
  });

  test('ends what was under way: nothing runs after it, whenever brokers, verdicts and debts come in', async () => {
    const { stage, broker } = busyStage({
      heartbeat: false,
      limits: { replayPerSecond: 1 },
      authorize: (_, __, topic) =>
        topic !== 'slow' || new Promise((resolve) => stage.clock.setTimeout(() => resolve(true), 1_000)),
    });
    for (let i = 0; i < 9; i++) await stage.core.publish('a', i);
    const since = { ...(await broker.position('a')), offset: 0 };
    const inDebt = stage.connect();
    await stage.ask(inDebt, { ...subscribe('a'), since }, { ...subscribe('a'), since });
    broker.latency = () => 1_000;
    const [joining, publishing, asking] = [stage.connect(), stage.connect(), stage.connect()];
    joining.say(subscribe('b'));
    publishing.say({ type: 'publish', topic: 'a', data: 1, id: '1' });
    asking.say({ type: 'publish', topic: 'slow', data: 1, id: '1' }, subscribe('slow'));
    await stage.pass(500);
    await Promise.all([stage.core.close(), stage.pass()]);
    const calls = broker.calls.length;
    await stage.pass(60_000);
    expect(broker.calls).toHaveLength(calls);
    expect(broker.listeners).toBe(0);
    expect(stage.timers.size).toBe(0);
    expect(stage.log).toEqual([]);
  });

  test('does not wait for the time of grace of a drain', async () => {
    const { stage } = busyStage({ heartbeat: false });
    stage.connect();
    const drained = stage.core.drain({ windowMs: 1, graceMs: 60_000 });
    await Promise.all([stage.core.close(), drained, stage.pass()]);
    expect(stage.timers.size).toBe(0);
  });

  test('may be called twice, and from within a frame', async () => {
    const closed: Promise<void>[] = [];
    const { stage } = busyStage({
      onFrame: () => {
        closed.push(stage.core.close(), stage.core.close());
        return 'too late';
      },
    });
    const peer = stage.connect();
    const other = stage.connectBasic();
    peer.say({ type: 'end it' }, { type: 'ping' });
    await stage.pass();
    await Promise.all(closed);
    expect([peer.closedWith?.code, other.closedWith?.code]).toEqual([1001, 1001]);
    expect(peer.heard()).toMatchObject([{ type: 'hello' }]);
  });
});
