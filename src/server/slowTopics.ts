import type { Subscription } from './subscription.ts';
import type { Broadcast } from './topic.ts';

/** The newest message of each topic that a slow peer has fallen behind of: one each, however many came. */
export class SlowTopics {
  #newest = new Map<Subscription, Broadcast>();

  get isEmpty(): boolean {
    return this.#newest.size === 0;
  }

  has(subscription: Subscription): boolean {
    return this.#newest.has(subscription);
  }

  set(subscription: Subscription, broadcast: Broadcast): void {
    this.#newest.set(subscription, broadcast);
  }

  delete(subscription: Subscription): void {
    this.#newest.delete(subscription);
  }

  takeAll(): ReadonlyMap<Subscription, Broadcast> {
    const newest = this.#newest;
    this.#newest = new Map();
    return newest;
  }
}
