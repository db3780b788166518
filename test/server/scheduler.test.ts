import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubCore } from '../../src/server/hubCore.ts';
import type { HubOptions } from '../../src/server/options.ts';
import { resolveOptions } from '../../src/server/resolve.ts';
import { nodeScheduler } from '../../src/server/scheduler.ts';
import { StagedPeer } from './fixtures/stagedPeer.ts';

const DAY_MS = 24 * 3_600_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A hub on Node's timers, whose clock is put forward by hand. */
function hubOf(options: HubOptions) {
  let nowMs = 0;
  const core = new HubCore(
    resolveOptions({ heartbeat: false, ...options }),
    nodeScheduler(() => nowMs),
  );
  return { core, goOn: (ms: number) => (nowMs += ms), peer: new StagedPeer((callback) => setImmediate(callback)) };
}

describe('the timers of Node', () => {
  it('fire when they are due', () => {
    const fired = vi.fn();
    const scheduler = nodeScheduler();
    scheduler.setTimeout(fired, 1_000);
    scheduler.clearTimeout(scheduler.setTimeout(fired, 500));
    vi.advanceTimersByTime(999);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('are as long as they can be where more is wanted: they would fire at once', () => {
    const fired = vi.fn();
    nodeScheduler().setTimeout(fired, 60 * DAY_MS);
    nodeScheduler().setTimeout(fired, Infinity);
    vi.advanceTimersByTime(LONGEST_TIMER_MS - 1);
    expect(fired).not.toHaveBeenCalled();
  });

  it('keep no process alive', () => {
    vi.useRealTimers();
    const scheduler = nodeScheduler();
    const timer = scheduler.setTimeout(() => undefined, 60_000) as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    scheduler.clearTimeout(timer);
  });
});

describe('who may stay for 60 days', () => {
  it('by a credential is cut off when they are over, and not at once', () => {
    const { core, goOn, peer } = hubOf({ authenticate: () => null });
    const principal = { id: 'ann', expiresAt: Date.now() + 60 * DAY_MS };
    core.accept(peer, { clientId: 'ann', principal, protocol: '' });
    for (const ms of [60_000, 60 * DAY_MS - 60_001]) {
      goOn(ms);
      vi.advanceTimersByTime(1_000);
      expect(peer.closedWith).toBeUndefined();
    }
    goOn(1_000);
    vi.advanceTimersByTime(1_000);
    expect(peer.closedWith?.code).toBe(4401);
  });

  it('without a word is not cut off at once', () => {
    const { core, peer } = hubOf({ limits: { firstFrameTimeoutMs: 60 * DAY_MS } });
    core.accept(peer, { clientId: 'ann', principal: undefined, protocol: '' });
    vi.advanceTimersByTime(20 * DAY_MS);
    expect(peer.closedWith).toBeUndefined();
  });
});
