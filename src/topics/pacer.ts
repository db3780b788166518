/** So many per second, and as many at once after a rest: half of the burst that a hub takes, so that the network's jitter never makes it too much. */
export class Pacer {
  readonly #everyMs: number;
  readonly #now: () => number;
  /** When all that was taken will have been worth its time. Unit ms. */
  #paidAt = 0;

  constructor(perSecond: number, now: () => number) {
    this.#everyMs = 1_000 / perSecond;
    this.#now = now;
  }

  /** 0: now, and it is taken. Else how long to wait. Unit ms. */
  take(): number {
    const now = this.#now();
    const paidAt = Math.max(this.#paidAt, now) + this.#everyMs;
    const waitMs = paidAt - now - Math.max(1_000, this.#everyMs);
    if (waitMs > 0) return Math.ceil(waitMs);
    this.#paidAt = paidAt;
    return 0;
  }
}
