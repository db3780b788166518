/** How many ids are remembered: more than one client has in flight, many times over. */
const CAPACITY = 1_024;

/**
 * The ids that were handed over last. When a log is lost, publishers send again what was not acknowledged: in the new log
 * stands then what had been handed over from the old one.
 */
export class RecentIds {
  readonly #ring: string[] = [];
  #next = 0;
  /** Those of former logs, once there is one. */
  #former: Set<string> | undefined = undefined;
  #formerUntil = 0;

  add(id: string): void {
    this.#ring[this.#next] = id;
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /** The log is another one. What is sent again is so within `windowMs`. */
  renew(now: number, windowMs: number): void {
    this.#former = new Set(this.#ring);
    this.#formerUntil = now + windowMs;
  }

  /** Whether it was handed over from a former log. */
  isFormer(id: string, now: () => number): boolean {
    if (this.#former === undefined) return false;
    if (now() > this.#formerUntil) this.#former = undefined;
    return this.#former?.has(id) === true;
  }
}
