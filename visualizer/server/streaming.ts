import type { Hub } from '../../src/server/index.ts';
import { topics } from '../frames.ts';

const EVERY_MS = 10;
/** What is owed for longer than that is not made up for: the server was down, or busy. Unit ms. */
const LATEST_MS = 500;

/** Publishes 1, 2, 3 … at a rate that can be changed, for who wants to see whether the page keeps up. */
export class Streaming {
  /** Unit messages per second · 0: none. */
  perSecond = 0;
  readonly #timer: NodeJS.Timeout;
  #number = 0;
  #owed = 0;
  #lastAt = performance.now();

  /** `present`: the hub, if there is one. */
  constructor(present: () => Hub | undefined) {
    this.#timer = setInterval(() => this.#publish(present()), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #publish(hub: Hub | undefined): void {
    const now = performance.now();
    this.#owed += (Math.min(LATEST_MS, now - this.#lastAt) * this.perSecond) / 1_000;
    this.#lastAt = now;
    // What goes wrong is gone with the hub.
    for (; this.#owed >= 1; this.#owed--) void hub?.publish(topics.stream, ++this.#number).catch(() => undefined);
  }
}
