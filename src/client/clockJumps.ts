/** Two clocks that drift apart further than this between two looks do not tell the same time any more. Unit ms. */
const MAX_DRIFT_MS = 10_000;

/**
 * Notices that the machine slept or that its clock was set: wall clock and monotonic clock have drifted apart, in either
 * direction, since the last look. It has no timer of its own; without a wall clock there is nothing to notice.
 */
export class ClockJumps {
  readonly #now: () => number;
  readonly #wallNow: (() => number) | undefined;
  #driftMs: number | undefined = undefined;

  constructor(now: () => number, wallNow: (() => number) | undefined) {
    this.#now = now;
    this.#wallNow = wallNow;
  }

  /** Whether there was a jump since the last look; never at the first. */
  look(): boolean {
    if (this.#wallNow === undefined) return false;
    const driftMs = this.#wallNow() - this.#now();
    const beforeMs = this.#driftMs ?? driftMs;
    this.#driftMs = driftMs;
    return Math.abs(driftMs - beforeMs) > MAX_DRIFT_MS;
  }
}
