import type { Scheduler } from './scheduler.ts';

/** What the wheel calls, and when it next wants to be called; undefined: never again. Unit ms. */
export interface Visited {
  visit(nowMs: number): number | undefined;
}

/** One timer for thousands of deadlines that nobody needs to the millisecond: each is kept to the next step of the wheel. */
export class TimerWheel {
  readonly #scheduler: Scheduler;
  readonly #stepMs: number;
  readonly #slots = new Map<number, Set<Visited>>();
  readonly #slotOf = new Map<Visited, number>();
  #timer: unknown = undefined;
  #hasWaited = false;

  constructor(scheduler: Scheduler, stepMs: number) {
    this.#scheduler = scheduler;
    this.#stepMs = stepMs;
  }

  /** Deadlines that wait. */
  get size(): number {
    return this.#slotOf.size;
  }

  /** Calls at `atMs` or up to a step later; a newer deadline takes the place of the older. */
  set(item: Visited, atMs: number): void {
    this.delete(item);
    const number = Math.ceil(atMs / this.#stepMs);
    let slot = this.#slots.get(number);
    if (slot === undefined) this.#slots.set(number, (slot = new Set()));
    slot.add(item);
    this.#slotOf.set(item, number);
    this.#turn();
  }

  delete(item: Visited): void {
    const number = this.#slotOf.get(item);
    if (number === undefined) return;
    this.#slotOf.delete(item);
    const slot = this.#slots.get(number);
    slot?.delete(item);
    if (slot?.size === 0) this.#slots.delete(number);
    if (this.#slotOf.size === 0) this.stop();
  }

  stop(): void {
    this.#scheduler.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #turn(): void {
    if (this.#timer !== undefined) return;
    const nowMs = this.#scheduler.now();
    const dueAt = nowMs + this.#stepMs - (nowMs % this.#stepMs);
    this.#timer = this.#scheduler.setTimeout(() => {
      this.#timer = undefined;
      this.#step(dueAt);
      if (this.#slotOf.size > 0) this.#turn();
    }, dueAt - nowMs);
  }

  #step(dueAt: number): void {
    const nowMs = this.#scheduler.now();
    // A process that was held up has not read yet what came meanwhile: that first, or who is alive is taken for dead.
    this.#hasWaited = !this.#hasWaited && nowMs - dueAt > this.#stepMs;
    if (!this.#hasWaited) this.#visitDue(nowMs);
  }

  #visitDue(nowMs: number): void {
    const present = Math.floor(nowMs / this.#stepMs);
    for (const number of [...this.#slots.keys()]) {
      if (number > present) continue;
      for (const item of [...(this.#slots.get(number) ?? [])]) {
        this.delete(item);
        const nextAt = item.visit(nowMs);
        if (nextAt !== undefined) this.set(item, nextAt);
      }
    }
  }
}
