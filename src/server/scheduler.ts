/** Time and timers of a hub. A simulator hands its own over. */
export interface Scheduler {
  /** Does not go back. Unit ms. */
  now(): number;
  /** Wall clock, for the end of credentials. Unit ms since the epoch. */
  date(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(id: unknown): void;
  /** After what is under way in this turn of the event loop: what is written until then goes out at once. */
  soon(callback: () => void): void;
}

/** What a timer of Node can hold; a longer one would fire at once. Unit ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** A timer; where it would have to hold more than it can, none: what takes so long may take for ever. */
export function timer(scheduler: Scheduler, delayMs: number, callback: () => void): unknown {
  return delayMs > MAX_DELAY_MS ? undefined : scheduler.setTimeout(callback, delayMs);
}

/** Node's own, which does not go back. Unit ms. */
export const nodeNow = (): number => performance.now();

/** Node's. None of its timers keeps a process alive: open sockets do. */
export function nodeScheduler(now: () => number = nodeNow): Scheduler {
  return {
    now,
    date: () => Date.now(),
    setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)).unref(),
    clearTimeout: (id) => clearTimeout(id as NodeJS.Timeout),
    soon: (callback) => setImmediate(callback),
  };
}
