/** How many ids are remembered: more than one client has in flight, many times over. */
const CAPACITY = 1_024;
/** No message is on its way for longer. Unit ms. */
const DELAY_MS = 60_000;

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
    this.#formerUntil = now + windowMs + DELAY_MS;
  }

  /**
   * Whether it was handed over from a former log. A replay may show what was sent again long ago; who hears something live
   * has heard all that came before it.
   */
  isFormer(id: string, isLive: boolean, now: () => number): boolean {
    if (this.#former === undefined) return false;
    const isKnown = this.#former.has(id);
    if (isLive && now() > this.#formerUntil) this.#former = undefined;
    return isKnown;
  }
}
