import type { TimedClock } from './node.ts';

const lost = (): void => undefined;

/** One way between a socket and its peer in a simulated network: what comes first arrives first, whatever its delay. */
export class SimulatedRoad {
  readonly #clock: TimedClock;
  readonly #queue: (() => void)[] = [];
  #lastDueAt = 0;

  constructor(clock: TimedClock) {
    this.#clock = clock;
  }

  carry(delayMs: number, arrive: () => void): void {
    this.#lastDueAt = Math.max(this.#lastDueAt, this.#clock.now() + delayMs);
    this.#queue.push(arrive);
    this.#clock.setTimeout(() => this.#queue.shift()?.(), this.#lastDueAt - this.#clock.now());
  }

  /** What is on its way never arrives. The result says how much that was. */
  lose(): number {
    const count = this.#queue.filter((one) => one !== lost).length;
    // The timers still run, and find this in place of what was lost.
    this.#queue.fill(lost);
    return count;
  }
}
