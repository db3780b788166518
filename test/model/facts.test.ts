/** What the chart remembers, and what it makes of it. */
import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/index.ts';
import { bringTo, closed, connect, draining, opened, pong, rejected, resolved, step, timer } from './chartSteps.ts';
import { pathOf } from '../../src/client/because.ts';
import { type ModelEvent, type ModelSnapshot } from './paths.ts';

function after(state: ModelSnapshot, ...events: readonly ModelEvent[]): ModelSnapshot {
  return events.reduce<ModelSnapshot>((before, event) => step(before, event).state, state);
}
const from = (leaf: string, options?: Partial<ConnectionOptions>): ModelSnapshot => bringTo(leaf, options);
const where = (state: ModelSnapshot): string => pathOf(state.value);

const retryDelay = timer('retryDelay', 'backoff.waiting');
const pongTimeout = timer('pongTimeout', 'open.probing');
const wakeTimeout = timer('wakeTimeout', 'connecting.proving');
const stableAfter = timer('stableAfter', 'open');
const pingInterval = timer('pingInterval', 'open.quiet');
const open = [resolved, opened(true)] as const;

describe('attempts', () => {
  it('maxAttempts 5 is one dial and five retries', () => {
    let state = from('connecting.resolving', { retry: { maxAttempts: 5 } });
    let dials = 1;
    for (state = after(state, rejected); where(state) === 'backoff.waiting'; state = after(state, rejected)) {
      state = after(state, retryDelay);
      dials++;
    }
    expect(dials).toBe(6);
    expect(where(state)).toBe('failed');
    expect(state.context.failure).toBe('attempts-exhausted');
  });

  it('an endless number of attempts survives JSON', () => {
    const { settings } = from('idle', { retry: { maxAttempts: Infinity } }).context;
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
  });

  it('are forgotten only after stableAfter in open, with loss and refresh', () => {
    const flapped = after(from('backoff.waiting'), retryDelay, ...open, closed('refresh'), retryDelay, ...open);
    expect(flapped.context).toMatchObject({ attempt: 2, hasLoss: true, isRefreshed: true });
    expect(after(flapped, stableAfter).context).toMatchObject({ attempt: 0, hasLoss: false, isRefreshed: false });
  });

  it('are forgotten by connect() after the end', () => {
    const ended = from('failed');
    expect(after(ended, connect).context).toMatchObject({ attempt: 0, hasLoss: false, failure: null, reason: 'first' });
  });

  it.each([
    ['reconnect() while connecting', 'connecting.handshaking', { type: 'client.reconnect' }],
    ['reconnect() while open', 'open.quiet', { type: 'client.reconnect' }],
    ['a clock that jumped while shaking hands', 'connecting.handshaking', { type: 'clock.jumped' }],
    ['a restarted transport', 'open.quiet', { type: 'transport.started' }],
    ['a page that was left', 'open.quiet', { type: 'page.left' }],
  ] as const)('%s counts none', (_, leaf, event) => {
    expect(after(from(leaf), event).context.attempt).toBe(0);
  });

  it('tries out of offline are not counted, so they never exhaust anything', () => {
    let state = from('backoff.offline');
    for (let tries = 0; tries < 10; tries++) {
      state = after(state, timer('offlineRetryDelay', 'backoff.offline'), rejected);
      expect(where(state)).toBe('backoff.offline');
      expect(state.context.attempt).toBe(1);
    }
  });

  it('a backoff begins in offline while the network is away', () => {
    expect(where(after(from('connecting.handshaking'), { type: 'network.offline' }, closed('retry')))).toBe(
      'backoff.offline',
    );
  });
});

describe('transport mode', () => {
  it.each([
    ['a loss', [...open, closed('retry')], 'closed'],
    ['a refused connect', [resolved, closed('retry')], 'closed'],
    ['a rejected provider', [rejected], 'provider-failed'],
    ['a connect that takes too long', [timer('connectTimeout', 'connecting.resolving')], 'connect-timeout'],
  ] as const)('ends in failed after %s', (_, events, failure) => {
    const state = after(from('connecting.resolving', { reconnect: false }), ...events);
    expect(where(state)).toBe('failed');
    expect(state.context.failure).toBe(failure);
  });
});

describe('credentials', () => {
  it('are refreshed once: a second 4401 before stableAfter is the end', () => {
    const refreshed = after(from('open.quiet'), closed('refresh'));
    expect(where(refreshed)).toBe('backoff.waiting');
    expect(refreshed.context.reason).toBe('unauthorized');
    const again = after(refreshed, retryDelay, ...open, closed('refresh'));
    expect(where(again)).toBe('failed');
    expect(again.context.failure).toBe('unauthorized');
    expect(where(after(refreshed, retryDelay, ...open, pong, stableAfter, closed('refresh')))).toBe('backoff.waiting');
  });

  it('cannot be refreshed where nobody provides any', () => {
    expect(where(after(from('open.quiet', { url: 'ws://peer.test' }), closed('refresh')))).toBe('failed');
  });

  it('HTTP 401 at the upgrade counts as 4401', () => {
    const refreshed = after(from('connecting.handshaking'), closed('refresh', { httpStatus: 401 }));
    expect(refreshed.context).toMatchObject({ isRefreshed: true, reason: 'unauthorized' });
    expect(where(after(refreshed, retryDelay, resolved, closed('refresh', { httpStatus: 401 })))).toBe('failed');
  });
});

describe('trust', () => {
  it('the silence of a peer that has answered is death', () => {
    const state = after(from('open.quiet'), pingInterval, pongTimeout);
    expect(where(state)).toBe('backoff.waiting');
    expect(state.context.trouble).toBe('silent');
  });

  it('the silence of a peer that has never answered means nothing, unless an answer is required', () => {
    const state = after(from('open.probing'), pongTimeout);
    expect(where(state)).toBe('open.quiet');
    expect(state.context.heartbeat).toBe('unanswered');
    expect(where(after(from('open.probing', { heartbeat: { required: true } }), pongTimeout))).toBe('backoff.waiting');
  });

  it('any frame makes a peer answered, only a pong makes it provable, whichever comes first', () => {
    const alive = after(from('open.probing'), { type: 'socket.alive', pong: false });
    expect(alive.context).toMatchObject({ heartbeat: 'answered', isProvable: false });
    expect(after(alive, pong).context.isProvable).toBe(true);
  });

  it('a late timer asks again, twice at most in a row', () => {
    const late = timer('pongTimeout', 'open.probing', { isLate: true });
    const probing = after(from('open.quiet'), pingInterval);
    expect(where(after(probing, late, late))).toBe('open.probing');
    expect(where(after(probing, late, late, late))).toBe('backoff.waiting');
    expect(where(after(probing, late, late, pong, pingInterval, late))).toBe('open.probing');
  });

  it('a wake-up has the shorter deadline, until an answer comes', () => {
    const woken = after(from('open.quiet'), { type: 'network.online' });
    expect(woken.context.isWakeProbe).toBe(true);
    expect(after(woken, pong).context.isWakeProbe).toBe(false);
  });
});

describe('proving', () => {
  it('comes only after a loss, and only where this peer has sent a pong', () => {
    expect(where(after(from('backoff.waiting'), retryDelay, ...open))).toBe('open.probing');
    expect(where(after(from('open.quiet'), closed('retry'), retryDelay, ...open))).toBe('connecting.proving');
    expect(where(after(from('open.quiet'), closed('retry'), retryDelay, resolved, opened(false)))).toBe('open.quiet');
  });

  it('comes without a pong where an answer is required', () => {
    const state = from('backoff.waiting', { heartbeat: { required: true } });
    expect(where(after(state, retryDelay, ...open))).toBe('connecting.proving');
  });

  it('comes after a greeting, and the greeting after every socket', () => {
    const greeted = after(from('open.quiet'), closed('retry'), retryDelay, resolved, opened(true, true));
    expect(where(greeted)).toBe('connecting.greeting');
    expect(where(after(greeted, { type: 'socket.greeted' }))).toBe('connecting.proving');
  });

  it('another frame proves nothing; the pong forgets the loss', () => {
    const proving = from('connecting.proving');
    expect(where(after(proving, { type: 'socket.alive', pong: false }))).toBe('connecting.proving');
    expect(after(proving, pong).context.hasLoss).toBe(false);
  });

  it('the second silent one in a row opens all the same, as unanswered', () => {
    const once = after(from('connecting.proving'), wakeTimeout, retryDelay, ...open);
    expect(where(once)).toBe('connecting.proving');
    const twice = after(once, wakeTimeout);
    expect(where(twice)).toBe('open.probing');
    expect(twice.context).toMatchObject({ heartbeat: 'unanswered', isProvable: false });
  });

  it('a proof in between begins the count anew', () => {
    const proving = from('connecting.proving', { retry: { maxAttempts: 9 } });
    const proven = after(proving, wakeTimeout, retryDelay, ...open, pong, closed('retry'));
    expect(where(after(proven, connect, ...open, wakeTimeout))).not.toBe('open.probing');
  });

  it('insists where an answer is required', () => {
    const required = from('connecting.proving', { heartbeat: { required: true }, retry: { maxAttempts: 9 } });
    expect(where(after(required, wakeTimeout, retryDelay, ...open, wakeTimeout))).toBe('backoff.waiting');
  });
});

describe('draining', () => {
  it('a hub that drains one socket after the other is left alone for longer each time', () => {
    const { context } = after(from('open.quiet', { retry: { jitter: 'none' } }), {
      type: 'hub.draining',
      retryAfterMs: 0,
    });
    expect(context).toMatchObject({ attempt: 1, retryDelayMs: 0 });
    const next = (state: ModelSnapshot): ModelSnapshot =>
      after(state, { type: 'drain.due' }, closed('retry'), resolved, opened(true), pong, {
        type: 'hub.draining',
        retryAfterMs: 0,
      });
    let state = after(from('open.quiet', { retry: { jitter: 'none' } }), { type: 'hub.draining', retryAfterMs: 0 });
    const delays = [1, 2, 3, 4].map(() => (state = next(state)).context.retryDelayMs);
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(state.context).toMatchObject({ attempt: 5, hinted: 5 });
  });

  it('a hub that closes with a hint in answer to our own close is not dialled before that', () => {
    const closing = after(from('open.quiet'), draining, { type: 'drain.due' });
    const state = after(closing, { ...closed('retry'), retryAfterMs: 60_000 } as ModelEvent);
    expect(where(state)).toBe('backoff.waiting');
    expect(state.context.retryNotBefore).toBe(60_000);
    const asked = after(from('open.quiet'), { type: 'client.reconnect' });
    const dialled = after(asked, { ...closed('retry'), retryAfterMs: 60_000 } as ModelEvent);
    expect(where(dialled)).toBe('connecting.resolving');
    expect(dialled.context.retryNotBefore).toBe(60_000);
  });

  it('in transport mode nothing dials by itself: the hub closes, and that is the end', () => {
    const { actions } = step(from('open.quiet', { reconnect: false }), draining);
    expect(actions).not.toContain('xstate.raise');
  });

  it('the rest of the delay is waited for when the hub closes, and does not count against maxAttempts', () => {
    const state = after(from('open.quiet'), draining, closed('retry'));
    expect(state.context).toMatchObject({ attempt: 1, hinted: 1, retryDelayMs: 1_500, reason: 'drained' });
  });

  it('a newer hint replaces the older', () => {
    const state = after(from('open.quiet'), draining, { type: 'hub.draining', retryAfterMs: 9_000 });
    expect(state.context.drainUntil).toBe(9_000);
  });

  it('a hint that comes while greeting or proving is kept until open', () => {
    for (const [leaf, event] of [
      ['connecting.greeting', { type: 'socket.greeted' }],
      ['connecting.proving', pong],
    ] as const) {
      const { state, actions } = step(after(from(leaf), draining), event);
      expect(where(state)).toMatch(/^open/u);
      expect(state.context.drainUntil).toBe(1_500);
      expect(actions).toContain('xstate.raise');
    }
  });

  it('the heartbeat goes on, and what is silent meanwhile is dead', () => {
    const state = after(from('open.quiet'), draining, timer('pingInterval', 'open.quiet'));
    expect(where(state)).toBe('open.probing');
    expect(after(state, timer('pongTimeout', 'open.probing')).context).toMatchObject({
      trouble: 'silent',
      retryNotBefore: 1_500,
    });
  });

  it('the application need not wait for the end of the delay', () => {
    expect(where(after(from('open.quiet'), draining, connect))).toBe('connecting.closing');
    expect(where(after(from('open.quiet'), connect))).toBe('open.quiet');
  });

  it('a transport that starts anew waits as the hub asked', () => {
    expect(where(after(from('open.quiet'), draining, { type: 'transport.started' }))).toBe('backoff.waiting');
  });

  it('a hint goes with its socket', () => {
    const redialled = after(from('connecting.greeting'), draining, { type: 'client.reconnect' });
    expect(redialled.context.drainUntil).toBeNull();
  });
});

describe('hurry', () => {
  const online: ModelEvent = { type: 'network.online' };
  const hinted = (retryAfterMs: number): ModelEvent => ({ ...closed('retry'), retryAfterMs }) as ModelEvent;

  it('shortens a wait once, never beyond what was planned', () => {
    const long = after(from('open.quiet', { retry: { baseMs: 8_000, jitter: 'full' } }), closed('retry'));
    const state = after(long, online);
    expect(state.context.retryDelayMs).toBeLessThanOrEqual(long.context.retryDelayMs);
    expect(after(state, online).context.retryDelayMs).toBe(state.context.retryDelayMs);
  });

  it("never goes under a server's hint", () => {
    const state = after(from('open.quiet'), hinted(5_000), online);
    expect(state.context.retryDelayMs).toBeGreaterThanOrEqual(5_000);
  });

  it('leads out of offline into a short wait, however long it had been planned', () => {
    const state = after(from('backoff.offline', { retry: { baseMs: 1_000, jitter: 'full' } }), online);
    expect(where(state)).toBe('backoff.waiting');
    expect(state.context.retryDelayMs).toBeLessThanOrEqual(1_000);
  });
});

describe('the end', () => {
  it.each([
    { type: 'network.online' },
    { type: 'page.resumed' },
    { type: 'clock.jumped' },
    { type: 'transport.started', restored: true },
    closed('retry'),
    opened(true),
    retryDelay,
  ] as const)('is not left by $type', (event) => {
    for (const leaf of ['closed.done', 'failed']) expect(where(after(from(leaf), event))).toBe(leaf);
  });

  it('is left by connect() and reconnect() from closed, failed and closing', () => {
    for (const leaf of ['closed.done', 'closed.closing', 'failed']) {
      const dials = leaf === 'closed.closing' ? 'connecting.closing' : 'connecting.resolving';
      expect(where(after(from(leaf), connect))).toBe(dials);
      expect(where(after(from(leaf), { type: 'client.reconnect' }))).toBe(dials);
    }
  });
});
