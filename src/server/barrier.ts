/** How many refused ids are remembered. */
const MAX_REFUSED = 1_000;

/**
 * Keeps publishes from overtaking one that was not taken (I8), until the client begins again with one that was refused, or
 * for as long as a client may still repeat it (I6): who has given it up does not wait for ever.
 */
export class Barrier {
  readonly #windowMs: number;
  readonly #now: () => number;
  /** The oldest ones: a client begins again with those. */
  readonly #refused = new Set<string>();
  #endsAt = -Infinity;

  /** `windowMs`: how long after it was sent a publish may come again. */
  constructor(windowMs: number, now: () => number) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Stops what comes next, from the first that was not taken on. */
  raise(): void {
    if (this.#isUp) return;
    this.#refused.clear();
    this.#endsAt = this.#now() + this.#windowMs;
  }

  /** The same, and what has this id may begin again. */
  refuse(id: string): void {
    this.raise();
    if (this.#refused.size < MAX_REFUSED) this.#refused.add(id);
  }

  /** Whether it has to wait. One that was refused before does not, nor does what comes behind it. */
  stops(id: string): boolean {
    if (this.#refused.has(id)) this.#endsAt = -Infinity;
    return this.#isUp;
  }

  get #isUp(): boolean {
    return this.#now() < this.#endsAt;
  }
}
