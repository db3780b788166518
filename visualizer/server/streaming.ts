import type { Hub } from '../../src/server/index.ts';
import { topics } from '../frames.ts';

const EVERY_MS = 10;
/** What is owed for longer than that is not made up for: the server was down, or busy. Unit ms. */
const LATEST_MS = 500;
/** The log forgets the rate like all else; who comes later wants to see it. Unit ms. */
const TELL_RATE_EVERY_MS = 1_000;

/** Publishes 1, 2, 3 … at a rate that can be changed, as long as somebody is connected who may want to see whether the page keeps up. */
export class Streaming {
  #perSecond = 0;
  readonly #present: () => Hub | undefined;
  readonly #timers: readonly NodeJS.Timeout[];
  #number = 0;
  #owed = 0;
  #lastAt = performance.now();

  /** `present`: the hub, if there is one. */
  constructor(present: () => Hub | undefined) {
    this.#present = present;
    this.#timers = [
      setInterval(() => this.#publish(), EVERY_MS),
      setInterval(() => this.#tellRate(), TELL_RATE_EVERY_MS),
    ];
  }

  /** Unit messages per second · 0: none. */
  set perSecond(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tellRate();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #publish(): void {
    const now = performance.now();
    this.#owed += (Math.min(LATEST_MS, now - this.#lastAt) * this.#perSecond) / 1_000;
    this.#lastAt = now;
    const hub = this.#watched();
    // What goes wrong is gone with the hub.
    for (; this.#owed >= 1; this.#owed--) void hub?.publish(topics.stream, ++this.#number).catch(() => undefined);
  }

  #tellRate(): void {
    void this.#watched()
      ?.publish(topics.streamRate, this.#perSecond)
      .catch(() => undefined);
  }

  #watched(): Hub | undefined {
    const hub = this.#present();
    return hub === undefined || hub.stats().connections === 0 ? undefined : hub;
  }
}
