import type { Subscription } from './subscription.ts';

/** The topics in which a slow peer has fallen behind: of what it misses nothing is kept. */
export class SlowTopics {
  readonly #behind = new Set<Subscription>();
  readonly #hasRoom: () => boolean;
  #isReading = false;

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  get isEmpty(): boolean {
    return this.#behind.size === 0;
  }

  add(subscription: Subscription): void {
    this.#behind.add(subscription);
  }

  delete(subscription: Subscription): void {
    this.#behind.delete(subscription);
  }

  /** As long as there is room, one topic after the other: what is held while the log is read is that of one. */
  async catchUp(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const subscription of this.#behind) {
      if (!this.#hasRoom()) break;
      this.#behind.delete(subscription);
      await subscription.catchUp();
      // Its newest message alone is too large for the room: it waits until the network has taken everything.
      if (this.#behind.has(subscription)) break;
    }
    this.#isReading = false;
  }
}
