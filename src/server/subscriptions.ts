import type { Caller } from './caller.ts';
import type { HubContext } from './context.ts';
import { Subscription, type Joined, type SubscribeWish } from './subscription.ts';

/** Replays may be in debt by that much: `limits.replayPerSecond`, twice. Unit ms. */
const CREDIT_MS = 2_000;

/** The topics of one connection. */
export class Subscriptions {
  readonly #context: HubContext;
  readonly #caller: Caller;
  readonly #byTopic = new Map<string, Subscription>();
  /** Goes up whenever a subscription ends: the next one of the same topic can be told apart, and most peers have the same. */
  #number = 1;
  /** A replay waits, and with it whatever is asked for behind it. */
  isWaiting = false;
  readonly #onWait: () => void;
  /** When all replays will be paid for. Unit ms. */
  #paidAt = 0;
  #payday: unknown = undefined;

  /** `onWait` is called when a replay has to wait. */
  constructor(context: HubContext, caller: Caller, onWait: () => void) {
    this.#context = context;
    this.#caller = caller;
    this.#onWait = onWait;
  }

  get size(): number {
    return this.#byTopic.size;
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  /** Whether one more topic is within the limit. */
  hasRoomFor(topic: string): boolean {
    return this.#byTopic.has(topic) || this.#byTopic.size < this.#context.limits.topics;
  }

  /** Rejects where the broker cannot be asked; then it is as if nobody had asked. */
  async join(wish: SubscribeWish): Promise<void> {
    this.leave(wish.topic);
    if (wish.since !== undefined || wish.last !== undefined) {
      // Before it listens: whatever is published while it waits would have to be held.
      await this.#wait(this.#untilPaid());
      await this.#wait(this.#caller.untilRoom());
      if (!this.#caller.isOpen) return;
    }
    const subscription = new Subscription(this.#context, this.#caller, wish.topic, this.#number);
    this.#byTopic.set(wish.topic, subscription);
    try {
      if (this.#caller.isBasic) await subscription.topic.listening;
      else this.#count(wish, await subscription.join(wish));
    } catch (error) {
      this.forget(subscription);
      throw error;
    }
  }

  leave(topic: string): boolean {
    const subscription = this.#byTopic.get(topic);
    if (subscription === undefined) return false;
    this.forget(subscription);
    return true;
  }

  forget(subscription: Subscription): void {
    subscription.end();
    this.#number++;
    this.#caller.forgetSlow(subscription);
    if (this.#byTopic.get(subscription.topic.name) === subscription) this.#byTopic.delete(subscription.topic.name);
  }

  end(): void {
    for (const subscription of [...this.#byTopic.values()]) this.forget(subscription);
    this.#context.scheduler.clearTimeout(this.#payday);
  }

  #count({ since }: SubscribeWish, { replayed, hasRecovered }: Joined): void {
    const { scheduler, limits, counters } = this.#context;
    counters.replayed += replayed;
    counters.delivered += replayed;
    if (since !== undefined) counters[hasRecovered ? 'recovered' : 'unrecovered']++;
    this.#paidAt = Math.max(this.#paidAt, scheduler.now()) + (1_000 * replayed) / limits.replayPerSecond;
  }

  async #wait(waiting: Promise<void> | undefined): Promise<void> {
    if (waiting === undefined) return;
    this.isWaiting = true;
    this.#onWait();
    await waiting;
    this.isWaiting = false;
  }

  #untilPaid(): Promise<void> | undefined {
    const { scheduler } = this.#context;
    const waitMs = this.#paidAt - scheduler.now() - CREDIT_MS;
    if (waitMs <= 0) return undefined;
    return new Promise((resolve) => (this.#payday = scheduler.setTimeout(resolve, waitMs)));
  }
}
