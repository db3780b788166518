import { describe, expect, test } from 'vitest';
import { HubStage } from './fixtures/hubStage.ts';

const STEP_MS = 250;
const heartbeat = { intervalMs: 10_000, timeoutMs: 4_000 };

describe('the heartbeat', () => {
  test.each([0, 1, 100, 333])(
    'leaves a silent peer with 4408 within interval, timeout and a step (since %d ms)',
    async (sinceMs) => {
      const stage = new HubStage({ heartbeat });
      await stage.pass(sinceMs);
      const peer = stage.connect();
      peer.isDeaf = true;
      await stage.pass(9_999);
      expect(peer.pings).toBe(0);
      await stage.pass(STEP_MS + 1);
      expect(peer.pings).toBe(1);
      await stage.pass(3_749);
      expect(peer.closedWith).toBeUndefined();
      await stage.pass(STEP_MS + 1);
      expect(peer.closedWith?.code).toBe(4408);
      // Its closing handshake is not waited for.
      expect(peer.isTerminated).toBe(true);
      expect(stage.core.connections).toBe(0);
    },
  );

  test('leaves nobody who answers, and pings once per interval', async () => {
    const stage = new HubStage({ heartbeat });
    const peer = stage.connect();
    await stage.pass(200_000);
    expect(peer.closedWith).toBeUndefined();
    expect(peer.pings).toBeGreaterThanOrEqual(19);
    expect(peer.pings).toBeLessThanOrEqual(20);
  });

  test('does not ping who says something of its own accord', async () => {
    const stage = new HubStage({ heartbeat });
    const peer = stage.connect();
    for (let i = 0; i < 40; i++) {
      await stage.pass(5_000);
      peer.say({ type: 'ping' });
    }
    expect(peer.pings).toBe(0);
  });

  test('takes a frame for an answer to a ping', async () => {
    const stage = new HubStage({ heartbeat });
    const peer = stage.connect();
    peer.isDeaf = true;
    await stage.pass(12_000);
    expect(peer.pings).toBe(1);
    peer.say('no JSON, but life');
    await stage.pass(9_000);
    expect(peer.closedWith).toBeUndefined();
  });

  test('hears first what has come while the process was held up', async () => {
    const stage = new HubStage({ heartbeat });
    const [alive, dead] = [stage.connect(), stage.connect()];
    alive.isDeaf = dead.isDeaf = true;
    await stage.pass(10_100);
    expect([alive.pings, dead.pings]).toEqual([1, 1]);
    const newcomer = stage.connect({}, { isDeaf: true });
    stage.heldUpMs = 60_000;
    await stage.pass(STEP_MS);
    // The timers were first; now the sockets are read.
    alive.say({ type: 'ping' });
    await stage.pass(STEP_MS);
    expect(alive.closedWith).toBeUndefined();
    expect(dead.closedWith?.code).toBe(4408);
    // Who has not been asked has not kept silent.
    expect([newcomer.pings, newcomer.closedWith]).toEqual([1, undefined]);
    await stage.pass(4_000 + STEP_MS);
    expect(newcomer.closedWith?.code).toBe(4408);
  });

  test('of a process that is held up on and on still finds who is dead', async () => {
    const stage = new HubStage({ heartbeat });
    const peer = stage.connect();
    peer.isDeaf = true;
    for (let i = 0; i < 60; i++) {
      stage.heldUpMs += 1_000;
      await stage.pass(STEP_MS);
    }
    expect(peer.closedWith?.code).toBe(4408);
  });

  test('has one timer for ten thousand peers, and none without any', async () => {
    const stage = new HubStage({ heartbeat });
    expect(stage.timers.size).toBe(0);
    const peers = Array.from({ length: 10_000 }, (_, i) => stage.connect({ clientId: `${i}` }));
    expect(stage.timers.size).toBe(1);
    await stage.pass(0);
    for (const peer of peers) peer.end();
    expect(stage.timers.size).toBe(0);
    expect(stage.core.context.wheel.size).toBe(0);
  });

  test('can be left out', async () => {
    const stage = new HubStage({ heartbeat: false });
    const peer = stage.connect();
    expect(peer.heard()).toEqual([]);
    expect(stage.timers.size).toBe(0);
    await stage.pass(1_000_000);
    expect(peer.heard()).toMatchObject([{ type: 'hello', heartbeat: { intervalMs: 0, timeoutMs: 0 } }]);
    expect(peer.pings).toBe(0);
  });
});

test('who has to say something first and does not is left with 4400', async () => {
  const stage = new HubStage({ limits: { firstFrameTimeoutMs: 1_000 } });
  const [silent, speaking, known] = [stage.connect(), stage.connect(), stage.connect({ principal: { id: 'ann' } })];
  speaking.say('anything');
  await stage.pass(999);
  expect(silent.closedWith).toBeUndefined();
  await stage.pass(1);
  expect(silent.closedWith).toMatchObject({ code: 4400 });
  await stage.pass(10_000);
  expect([speaking.closedWith, known.closedWith]).toEqual([undefined, undefined]);
});

test('a first frame has come when it is there, also where the topics of its path have yet to be allowed', async () => {
  const authorize = () => new Promise<boolean>(() => undefined);
  const stage = new HubStage({ authorize, heartbeat: false, limits: { firstFrameTimeoutMs: 1_000 } });
  const [silent, speaking] = [stage.connectBasic({ topics: ['a'] }), stage.connectBasic({ topics: ['a'] })];
  speaking.say({ type: 'ping' });
  await stage.pass(10_000);
  expect(silent.closedWith).toMatchObject({ code: 4400 });
  expect(speaking.closedWith).toBeUndefined();
  expect(stage.timers.size).toBe(0);
});
