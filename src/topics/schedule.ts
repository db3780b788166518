import { MAX_DELAY_MS } from '../../machines/backoff.ts';
import type { Line } from '../client/speaker.ts';

/** One timer for many moments: it fires at the earliest, and whoever is called says what is left. */
export class Schedule {
  readonly #line: Pick<Line, 'now' | 'clock'>;
  readonly #fire: () => void;
  #timer: unknown = undefined;
  #dueAt = Infinity;

  constructor(line: Pick<Line, 'now' | 'clock'>, fire: () => void) {
    this.#line = line;
    this.#fire = fire;
  }

  get isWaiting(): boolean {
    return this.#dueAt !== Infinity;
  }

  /** Fires then, or earlier. Unit ms; Infinity: never. */
  at(dueAt: number): void {
    if (dueAt >= this.#dueAt) return;
    this.stop();
    this.#dueAt = dueAt;
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, dueAt - this.#line.now()));
    this.#timer = this.#line.clock.setTimeout(() => {
      this.#dueAt = Infinity;
      this.#fire();
    }, delayMs);
  }

  stop(): void {
    if (this.#dueAt === Infinity) return;
    this.#line.clock.clearTimeout(this.#timer);
    this.#dueAt = Infinity;
  }
}
