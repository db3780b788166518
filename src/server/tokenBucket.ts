/**
 * So many per second, and so many at once after a rest. Counted in whole tokens since the bucket was last full, so that no
 * rounding adds up. A clock that goes back neither gives tokens nor holds any back.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  #fullAt: number;
  #takenSince = 0;
  #latest: number;

  /** Twice as many at once after a rest as it gives per second, but at least one: a smaller one would let nothing through, ever. */
  static ofRate(perSecond: number, now: () => number): TokenBucket {
    return new TokenBucket(perSecond, Math.max(1, 2 * perSecond), now);
  }

  /** `perSecond` ≥ 0 and `burst` ≥ 0, either may be Infinity. `now`: unit ms. */
  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#now = now;
    this.#fullAt = this.#latest = now();
  }

  /** 0: there was room, and `n` are taken. Else nothing is, and this is how long until there is room. */
  take(n = 1): number {
    const afterMs = this.untilRoom(n);
    if (afterMs === 0) this.#takenSince += n;
    return afterMs;
  }

  /** How long until `n` can be taken, in whole ms, rounded up; Infinity where the bucket never holds as much. */
  untilRoom(n: number): number {
    if (n > this.#burst) return Infinity;
    const now = this.#refilled();
    const over = this.#takenSince + n - this.#burst;
    const roomAt = over > 0 ? this.#fullAt + this.#msFor(over) : now;
    return roomAt > now ? Math.ceil(roomAt - now) : 0;
  }

  #refilled(): number {
    const now = this.#now();
    if (now < this.#latest) this.#fullAt -= this.#latest - now;
    this.#latest = now;
    if (now >= this.#fullAt + this.#msFor(this.#takenSince)) {
      this.#fullAt = now;
      this.#takenSince = 0;
    }
    return now;
  }

  #msFor(tokens: number): number {
    return (tokens * 1_000) / this.#perSecond;
  }
}
