import type { HubContext } from './context.ts';
import type { Session } from './session.ts';
import { subscribed, Subscription, type SubscribeWish } from './subscription.ts';
import type { Broadcast } from './topic.ts';

/** The topics of one connection. */
export class Subscriptions {
  readonly #context: HubContext;
  readonly #session: Session;
  readonly #byTopic = new Map<string, Subscription>();
  /** Goes up whenever a subscription ends: the next one of the same topic can be told apart, and most peers have the same. */
  #number = 1;
  /** Replays are paid for: the next may begin when the last are paid. Unit ms. */
  #paidAt = 0;

  constructor(context: HubContext, session: Session) {
    this.#context = context;
    this.#session = session;
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
    const { scheduler, limits, counters } = this.#context;
    this.leave(wish.topic);
    const subscription = new Subscription(this.#context, this.#session, wish.topic, this.#number);
    this.#byTopic.set(wish.topic, subscription);
    try {
      if (this.#session.isBasic) return await subscription.topic.listening;
      await this.#untilPaid();
      const { replayed, hasRecovered } = await subscription.join(wish);
      counters.replayed += replayed;
      if (wish.since !== undefined) counters[hasRecovered ? 'recovered' : 'unrecovered']++;
      this.#paidAt = Math.max(this.#paidAt, scheduler.now()) + (1_000 * replayed) / limits.replayPerSecond;
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
    this.#session.forgetSlow(subscription);
    if (this.#byTopic.get(subscription.topic.name) === subscription) this.#byTopic.delete(subscription.topic.name);
  }

  /** Goes on with the newest message. What lies between is said to be missing. */
  skip(subscription: Subscription, broadcast: Broadcast): void {
    const { epoch, offset } = broadcast.entry;
    if (!this.#session.isBasic) this.#session.say(subscribed(subscription, {}, offset - 1, epoch, 'too_large'));
    this.#session.deliver(subscription, broadcast);
  }

  end(): void {
    for (const subscription of [...this.#byTopic.values()]) this.forget(subscription);
  }

  #untilPaid(): Promise<void> | undefined {
    const { scheduler } = this.#context;
    const owedMs = this.#paidAt - scheduler.now();
    if (owedMs <= 0) return undefined;
    return new Promise((resolve) => scheduler.setTimeout(resolve, owedMs));
  }
}
