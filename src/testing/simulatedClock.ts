import { invalidOption } from '../client/errors.ts';

interface Timer {
  readonly fire: () => void;
  readonly dueAt: number;
}

/**
 * A clock that a test moves, for `clock` of a connection, a simulated network or a fault proxy. Each timer fires at its
 * own moment: one set by another that fires on the way counts from there, and `now()` says what it would say.
 */
export class SimulatedClock {
  /** In the order in which they were set: of two that are due at the same moment, the older fires first. */
  readonly #timers = new Map<number, Timer>();
  #now: number;
  #nextId = 1;

  /** `now`: where it begins. Unit ms · default 0. */
  constructor(now = 0) {
    this.#now = now;
  }

  /** Unit ms. */
  readonly now = (): number => this.#now;

  readonly setTimeout = (fn: (...args: any[]) => void, timeoutMs: number): number => {
    const id = this.#nextId++;
    this.#timers.set(id, { fire: fn, dueAt: this.#now + Math.max(0, timeoutMs) });
    return id;
  };

  /** Does nothing for a timer that has fired, and for none. */
  readonly clearTimeout = (id: number | undefined): void => {
    if (id !== undefined) this.#timers.delete(id);
  };

  /** How many timers run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and fires what falls due. Unit ms · range 0 … ∞; else a ConnectionError `'invalid-option'`. */
  advance(ms: number): void {
    const until = this.#after(ms);
    while (this.#fireNext(until));
    this.#now = until;
  }

  /** The same, and promises get their turn before the first timer, between timers and at the end: for what is asynchronous beneath. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#after(ms);
    do await settled();
    while (this.#fireNext(until));
    this.#now = until;
    await settled();
  }

  #after(ms: number): number {
    if (typeof ms === 'number' && ms >= 0 && ms < Infinity) return this.#now + ms;
    throw invalidOption('ms', 'a number of milliseconds from 0', ms);
  }

  #fireNext(until: number): boolean {
    let next: [number, Timer] | undefined;
    for (const entry of this.#timers) if (entry[1].dueAt < (next?.[1].dueAt ?? Infinity)) next = entry;
    if (next === undefined || next[1].dueAt > until) return false;
    const [id, { fire, dueAt }] = next;
    this.#timers.delete(id);
    // Time does not go back, also where a timer itself has moved the clock.
    this.#now = Math.max(this.#now, dueAt);
    fire();
    return true;
  }
}

/** Chains of promises longer than that are waited for by the next round. */
const MICROTASKS = 32;

async function settled(): Promise<void> {
  for (let turn = 0; turn < MICROTASKS; turn++) await Promise.resolve();
}
