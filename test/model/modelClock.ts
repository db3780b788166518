import { SimulatedClock } from 'xstate';

/**
 * A simulated clock on which any running timer may fire next: the chart has to be right whatever the durations are,
 * so a path may let a long timer fire before a short one.
 */
export class ModelClock extends SimulatedClock {
  readonly #running = new Map<number, { readonly fire: () => void; readonly durationMs: number }>();
  #heldUpMs = 0;

  override now(): number {
    return super.now() + this.#heldUpMs;
  }

  override setTimeout(fn: () => void, durationMs: number): number {
    const id = super.setTimeout(fn, durationMs);
    this.#running.set(id, { fire: fn, durationMs });
    return id;
  }

  override clearTimeout(id: number): void {
    this.#running.delete(id);
    super.clearTimeout(id);
  }

  /** Durations of all timers that run, shortest first. Unit ms. */
  get durations(): number[] {
    return [...this.#running.values()].map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  }

  /** Lets the timer of that duration fire, `lateByMs` after it was due; zero: no time passes at all. */
  fire(durationMs: number, lateByMs = 0): void {
    const entry = [...this.#running].find(([, timer]) => timer.durationMs === durationMs);
    if (entry === undefined) throw new Error(`no timer of ${durationMs} ms runs, only ${this.durations.join(', ')}`);
    const [id, { fire }] = entry;
    this.clearTimeout(id);
    if (lateByMs > 0) this.#heldUpMs += durationMs + lateByMs;
    fire();
  }
}
