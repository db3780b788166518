import type { Clock } from '../client/options.ts';

/** Timers, and the time they go by. Unit ms. */
export type TimedClock = Clock & { now(): number };

/**
 * What the proxy needs of Node. It is asked for when a proxy listens, and not before: so the fakes beside it can also be
 * used in a browser.
 */
export async function loadNode() {
  const [net, timers] = await Promise.all([import('node:net'), import('node:timers')]);
  const clock: TimedClock = {
    setTimeout: (fn: () => void, ms) => timers.setTimeout(fn, ms),
    clearTimeout: (id: ReturnType<typeof timers.setTimeout> | undefined) => timers.clearTimeout(id),
    now: () => globalThis.performance.now(),
  };
  return { net, clock };
}
