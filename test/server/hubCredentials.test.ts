import { describe, expect, test, vi } from 'vitest';
import type { Principal } from '../../src/server/options.ts';
import { withResolvers } from '../fixtures/events.ts';
import { HubStage, OPENED_AT, type StageOptions } from './fixtures/hubStage.ts';

const authenticate = (): null => null;
const subscribe = (topic: string, more: object = {}): object => ({ type: 'subscribe', topic, ...more });

function stageFor(principal: Principal, reauthenticate?: (token: string) => Promise<Principal | undefined>) {
  const stage = new HubStage({ authenticate, authorize: () => true, heartbeat: false });
  return { stage, peer: stage.connect({ principal, reauthenticate }) };
}

describe('a credential', () => {
  test('that ends is the end of the connection, with 4401', async () => {
    const { stage, peer } = stageFor({ id: 'ann', expiresAt: OPENED_AT + 60_000 });
    await stage.pass();
    expect(peer.heard()).toMatchObject([{ type: 'hello', exp: OPENED_AT + 60_000 }]);
    await stage.pass(59_999);
    expect(peer.closedWith).toBeUndefined();
    await stage.pass(251);
    expect(peer.closedWith?.code).toBe(4401);
    expect(stage.timers.size).toBe(0);
  });

  test('that comes when the connection has gone keeps nothing of it', async () => {
    const { promise, resolve } = withResolvers<Principal>();
    const { stage, peer } = stageFor({ id: 'ann', expiresAt: OPENED_AT + 60_000 }, () => promise);
    await stage.ask(peer, { type: 'auth', token: 'late' });
    peer.end();
    resolve({ id: 'ann', expiresAt: OPENED_AT + 120_000 });
    await stage.pass();
    expect(stage.core.context.wheel.size).toBe(0);
    expect(stage.timers.size).toBe(0);
  });

  test('is renewed by an auth frame, without a reconnect', async () => {
    const { stage, peer } = stageFor({ id: 'ann', expiresAt: OPENED_AT + 60_000 }, (token) =>
      Promise.resolve({ id: 'ann', expiresAt: OPENED_AT + Number(token) }),
    );
    expect(await stage.ask(peer, { type: 'auth', token: '120000' })).toEqual([
      { type: 'authed', exp: OPENED_AT + 120_000 },
    ]);
    await stage.pass(119_999);
    expect(peer.closedWith).toBeUndefined();
    await stage.pass(251);
    expect(peer.closedWith?.code).toBe(4401);
  });

  test('is renewed also while an earlier frame waits for its answer, in time and before it', async () => {
    const stage = new HubStage({ authenticate, authorize: () => new Promise(() => undefined), heartbeat: false });
    const principal = { id: 'ann', expiresAt: OPENED_AT + 2_000 };
    const peer = stage.connect({ principal, reauthenticate: () => Promise.resolve({ id: 'ann' }) });
    const frames = [subscribe('a', { rid: 1 }), { type: 'ping' }, { type: 'auth', token: 'fresh' }];
    expect(await stage.ask(peer, ...frames)).toEqual([{ type: 'authed' }]);
    await stage.pass(10_000);
    expect(peer.closedWith).toBeUndefined();
    expect(peer.heard()).toMatchObject([{ type: 'error', code: 'unavailable', rid: 1 }, { type: 'pong' }]);
  });

  test('and another after it are looked at one after the other, and what comes behind them is for the newest', async () => {
    const asked: { readonly token: string; readonly answer: (principal: Principal) => void }[] = [];
    const seen: unknown[] = [];
    const stage = new HubStage({
      authenticate,
      authorize: ({ principal }, action) => (
        seen.push(principal),
        action === 'publish' || new Promise(() => undefined)
      ),
      heartbeat: false,
    });
    const reauthenticate = (token: string) => new Promise<Principal>((answer) => void asked.push({ token, answer }));
    const peer = stage.connect({ principal: { id: 'ann' }, reauthenticate });
    const auths = ['1', '2'].map((token) => ({ type: 'auth', token }));
    await stage.ask(peer, subscribe('a'), ...auths, { type: 'publish', topic: 'a', data: 1, id: 'p' });
    expect(asked.map(({ token }) => token)).toEqual(['1']);
    asked[0]?.answer({ id: 'ann', expiresAt: OPENED_AT + 1e6 });
    await stage.pass();
    expect(asked.map(({ token }) => token)).toEqual(['1', '2']);
    // The subscription is given up before the second answer, and still nothing overtakes that.
    await stage.pass(9_000);
    const newest = { id: 'ann', expiresAt: OPENED_AT + 2e6 };
    asked[1]?.answer(newest);
    await stage.pass();
    expect(peer.heard().map(({ type, exp }) => [type, exp])).toEqual([
      ['authed', OPENED_AT + 1e6],
      ['error', undefined],
      ['authed', OPENED_AT + 2e6],
      ['ack', undefined],
    ]);
    expect(seen).toEqual([{ id: 'ann' }, newest]);
  });

  test('is not renewed by a frame over the rate: that is refused in its turn', async () => {
    const stage = new HubStage({ authenticate, authorize: () => true, limits: { framesPerSecond: 1 } });
    const asked = vi.fn(() => Promise.resolve({ id: 'ann' }));
    const peer = stage.connect({ principal: { id: 'ann' }, reauthenticate: asked });
    const heard = await stage.ask(peer, subscribe('a'), { type: 'ping' }, { type: 'auth', token: 'x' });
    expect(heard.map(({ type, code }) => code ?? type)).toEqual(['subscribed', 'pong', 'rate_limited']);
    expect(asked).not.toHaveBeenCalled();
  });

  test('that is renewed for good ends no more', async () => {
    const { stage, peer } = stageFor({ id: 'ann', expiresAt: OPENED_AT + 60_000 }, () =>
      Promise.resolve({ id: 'ann' }),
    );
    expect(await stage.ask(peer, { type: 'auth', token: 'x' })).toEqual([{ type: 'authed' }]);
    await stage.pass(1_000_000);
    expect(peer.closedWith).toBeUndefined();
  });

  test.each([
    ['of somebody else', () => Promise.resolve({ id: 'bob' })],
    ['that is over', () => Promise.resolve({ id: 'ann', expiresAt: OPENED_AT })],
    ['that ends at no moment', () => Promise.resolve({ id: 'ann', expiresAt: '2100-01-01' as never })],
    ['that is none', () => Promise.resolve(undefined)],
    ['that is refused', () => Promise.reject(new Error('no'))],
  ])('%s is refused with 4401', async (_, reauthenticate) => {
    const { stage, peer } = stageFor({ id: 'ann' }, reauthenticate);
    expect(await stage.ask(peer, { type: 'auth', token: 'x' })).toEqual([]);
    expect(peer.closedWith?.code).toBe(4401);
  });

  test('is of no use where nobody logs in', async () => {
    const stage = new HubStage();
    const peer = stage.connect();
    expect(await stage.ask(peer, { type: 'auth', token: 'x' })).toMatchObject([{ type: 'error', code: 'denied' }]);
    expect(peer.closedWith).toBeUndefined();
  });
});

describe('authorize', () => {
  const client = { clientId: 'somebody', principal: { id: 'ann' } };
  const stageWith = (options: StageOptions) => {
    const stage = new HubStage({ authenticate, ...options });
    return { stage, peer: stage.connect({ principal: { id: 'ann' } }) };
  };

  test('is asked for each topic and each publish, and again at each resume', async () => {
    const authorize = vi.fn(() => true);
    const { stage, peer } = stageWith({ authorize });
    const [answer] = await stage.ask(peer, subscribe('a'));
    await stage.ask(peer, { type: 'publish', topic: 'b', data: 1 });
    const topics = ['a', 'b'].map((topic) => ({ topic, epoch: answer?.['epoch'], offset: 0 }));
    await stage.ask(peer, { type: 'resume', rid: 1, topics });
    expect(authorize.mock.calls).toEqual([
      [client, 'subscribe', 'a'],
      [client, 'publish', 'b'],
      [client, 'subscribe', 'a'],
      [client, 'subscribe', 'b'],
    ]);
  });

  test.each([
    ['false', () => false],
    ['a promise of false', () => Promise.resolve(false)],
    ['something that is true in a sense', () => 'yes' as never],
    ['nothing', () => undefined as never],
  ])('that says %s denies, and the broker is not asked', async (_, authorize) => {
    const { stage, peer } = stageWith({ authorize });
    const read = vi.spyOn(stage.broker, 'read');
    const heard = await stage.ask(peer, subscribe('a', { rid: 1 }), { type: 'publish', topic: 'a', data: 1, id: '1' });
    expect(heard).toMatchObject([
      { type: 'error', code: 'denied', topic: 'a', rid: 1, retry: false },
      { type: 'error', code: 'denied', topic: 'a', id: '1', retry: false },
    ]);
    expect(read).not.toHaveBeenCalled();
    expect(stage.core.stats()).toMatchObject({ topics: 0, published: 0 });
  });

  test.each([
    ['throws', () => fail()],
    ['rejects', () => Promise.reject(new Error('no database'))],
  ])('that %s lets nobody in, and nobody is told that it is for good', async (_, authorize) => {
    const { stage, peer } = stageWith({ authorize });
    const heard = await stage.ask(peer, subscribe('a', { rid: 1 }), { type: 'publish', topic: 'a', data: 1, id: '1' });
    expect(heard).toMatchObject([
      { type: 'error', code: 'unavailable', topic: 'a', rid: 1, retry: true },
      { type: 'error', code: 'unavailable', topic: 'a', id: '1', retry: true },
    ]);
    expect(JSON.stringify(heard)).not.toContain('database');
    expect(stage.core.stats()).toMatchObject({ topics: 0, published: 0 });
    expect(stage.log.filter(({ message }) => message === 'authorize failed')).toHaveLength(2);
  });

  test.each([
    ['says no', 'denied', () => false],
    ['throws', 'unavailable', () => fail()],
  ])('that %s at a resume ends what was allowed before', async (_, code, objects) => {
    let authorize = () => true;
    const { stage, peer } = stageWith({ authorize: () => authorize() });
    const [answer] = await stage.ask(peer, subscribe('a'));
    authorize = objects;
    const topics = [{ topic: 'a', epoch: answer?.['epoch'], offset: 0 }];
    expect(await stage.ask(peer, { type: 'resume', rid: 1, topics })).toMatchObject([{ code }]);
    await stage.core.publish('a', 1);
    await stage.pass();
    expect(peer.heard()).toEqual([]);
  });

  test('that is missing denies everything where people log in, and nothing where they do not', async () => {
    const { stage, peer } = stageWith({});
    expect(await stage.ask(peer, subscribe('a'))).toMatchObject([{ code: 'denied' }]);
    const open = new HubStage();
    expect(await open.ask(open.connect(), subscribe('a'))).toMatchObject([{ type: 'subscribed' }]);
  });

  test('holds in basic mode, too', async () => {
    const { stage } = stageWith({ authorize: () => false });
    const peer = stage.connectBasic({ principal: { id: 'ann' } });
    const [error] = await stage.ask(peer, subscribe('a'));
    expect(error).toEqual({ type: 'error', code: 'denied', message: expect.any(String) as string });
  });
});

describe('a second connection with a client id', () => {
  const connect = (stage: HubStage, id?: string) =>
    stage.connect({ clientId: 'tab', principal: id === undefined ? undefined : { id } });

  test('stays beside the first', () => {
    const stage = new HubStage();
    const [first, second] = [connect(stage), connect(stage)];
    expect([first.closedWith, second.closedWith]).toEqual([undefined, undefined]);
  });

  test('takes its place with replace, within one principal only', async () => {
    const stage = new HubStage({ authenticate, onDuplicate: 'replace' });
    const [first, stranger, second] = [connect(stage, 'ann'), connect(stage, 'bob'), connect(stage, 'ann')];
    expect(first.closedWith).toMatchObject({ code: 4409 });
    expect([stranger.closedWith, second.closedWith]).toEqual([undefined, undefined]);
    await stage.pass();
    expect(stage.core.connections).toBe(2);
  });

  test('is refused with refuse, within one principal only, and hears no hello', async () => {
    const stage = new HubStage({ authenticate, onDuplicate: 'refuse' });
    const [first, stranger, second] = [connect(stage, 'ann'), connect(stage, 'bob'), connect(stage, 'ann')];
    expect(second.closedWith).toMatchObject({ code: 4409 });
    expect([first.closedWith, stranger.closedWith]).toEqual([undefined, undefined]);
    await stage.pass();
    expect(second.heard()).toEqual([]);
    first.end();
    expect(connect(stage, 'ann').closedWith).toBeUndefined();
  });

  test.each(['replace', 'refuse'] as const)(
    'by anybody may hang up on others, or keep them out, by %s, which is warned of once',
    (onDuplicate) => {
      const open = new HubStage({ onDuplicate });
      for (let i = 0; i < 3; i++) connect(open);
      expect(open.log).toEqual([
        {
          level: 'warn',
          facts: {},
          message: expect.stringContaining(`'${onDuplicate}' without authenticate`) as string,
        },
      ]);
      expect(new HubStage({ onDuplicate, authenticate }).log).toEqual([]);
      expect(new HubStage({ onDuplicate: 'both' }).log).toEqual([]);
    },
  );

  test('that is refused and does not go is cut off', async () => {
    const stage = new HubStage({ onDuplicate: 'refuse', heartbeat: false });
    connect(stage);
    const second = stage.connect({ clientId: 'tab' }, { isDeaf: true });
    await stage.pass(2_000);
    expect(second.isTerminated).toBe(true);
    expect(stage.timers.size).toBe(0);
  });
});

function fail(): never {
  throw new Error('no database');
}
