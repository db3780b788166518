import { invalidOption } from '../client/errors.ts';
import { MAX_DELAY_MS } from './checkFault.ts';

interface Timer {
  readonly id: number;
  readonly dueAt: number;
  readonly fire: () => void;
}

/**
 * A clock that a test moves, for `clock` of a connection, a simulated network or a fault proxy. Each timer fires at its
 * own moment: one set by another that fires on the way counts from there, and `now()` says what it would say.
 */
export class SimulatedClock {
  /** The last one fires next. Of two that are due at the same moment, the older fires first. */
  readonly #queue: Timer[] = [];
  readonly #timers = new Map<number, Timer>();
  #now: number;
  #nextId = 1;

  /** `now`: where it begins. Unit ms · default 0. */
  constructor(now = 0) {
    this.#now = now;
  }

  /** Unit ms. */
  readonly now = (): number => this.#now;

  /** As on real platforms, a delay that is none counts as 0, and one beyond 2³¹−1 ms as 1. Unit ms. */
  readonly setTimeout = (fn: (...args: any[]) => void, timeoutMs = 0): number => {
    const delayMs = timeoutMs > MAX_DELAY_MS ? 1 : timeoutMs > 0 ? timeoutMs : 0;
    const timer = { id: this.#nextId++, dueAt: this.#now + delayMs, fire: fn };
    this.#timers.set(timer.id, timer);
    this.#queue.splice(this.#placeOf(timer), 0, timer);
    return timer.id;
  };

  /** Does nothing for a timer that has fired, and for none. */
  readonly clearTimeout = (id: number | undefined): void => {
    const timer = id === undefined ? undefined : this.#timers.get(id);
    if (timer === undefined) return;
    this.#timers.delete(timer.id);
    this.#queue.splice(this.#placeOf(timer), 1);
  };

  /** How many timers run. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Lets time pass, and fires what falls due. Unit ms · range 0 … ∞; else a ConnectionError `'invalid-option'`. */
  advance(ms: number): void {
    const until = this.#after(ms);
    while (this.#fireNext(until));
    this.#goTo(until);
  }

  /** The same, and promises get their turn before the first timer, between timers and at the end: for what is asynchronous beneath. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#after(ms);
    do await settled();
    while (this.#fireNext(until));
    this.#goTo(until);
    await settled();
  }

  #after(ms: number): number {
    if (typeof ms === 'number' && ms >= 0 && ms < Infinity) return this.#now + ms;
    throw invalidOption('ms', 'a number of milliseconds from 0', ms);
  }

  #fireNext(until: number): boolean {
    const next = this.#queue.at(-1);
    if (next === undefined || next.dueAt > until) return false;
    this.#queue.pop();
    this.#timers.delete(next.id);
    this.#goTo(next.dueAt);
    next.fire();
    return true;
  }

  /** Time does not go back, also where a timer itself has moved the clock. */
  #goTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
  }

  /** Where it stands in the queue, or would. */
  #placeOf({ id, dueAt }: Timer): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#queue[middle] as Timer;
      if (other.dueAt > dueAt || (other.dueAt === dueAt && other.id > id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Chains of promises longer than that are waited for by the next round. */
const MICROTASKS = 32;

async function settled(): Promise<void> {
  for (let turn = 0; turn < MICROTASKS; turn++) await Promise.resolve();
}
