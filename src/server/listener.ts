import type { FrameOf } from '../protocol/parseFrame.ts';
import type { Caller } from './caller.ts';
import type { HubContext } from './context.ts';
import { objectionTo } from './permission.ts';
import type { SubscribeWish } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import { TokenBucket } from './tokenBucket.ts';
import { traceOf } from './traceOf.ts';

/** What one client wants to listen to: whether it may, and whether there is room, before it is subscribed. */
export class Listener {
  readonly #context: HubContext;
  readonly #caller: Caller;
  readonly #subscriptions: Subscriptions;
  /** Of topics that are asked for: so many that all of a connection can be resumed in one go. */
  readonly #bucket: TokenBucket;

  constructor(context: HubContext, caller: Caller, subscriptions: Subscriptions) {
    this.#context = context;
    this.#caller = caller;
    this.#subscriptions = subscriptions;
    const { topics } = context.limits;
    this.#bucket = TokenBucket.ofRate(topics, () => context.scheduler.now());
  }

  /** As if it had asked for them, before anything else. */
  async begin(topics: readonly string[]): Promise<void> {
    for (const topic of topics) await this.#admit({ topic });
  }

  async subscribe(wish: SubscribeWish): Promise<void> {
    if (this.#bucket.take() > 0) this.#overRate(wish);
    else await this.#admit(wish);
  }

  /** Asks about all topics at once, and reads one after the other: what waits meanwhile is that of one. */
  async resume({ rid, topics }: FrameOf<'resume'>): Promise<void> {
    const most = this.#context.limits.topics;
    const wishes = topics.map(({ topic, ...since }): SubscribeWish => ({ topic, since, rid }));
    const firstLate = wishes.slice(0, most).findIndex(() => this.#bucket.take() > 0);
    const inTime = wishes.slice(0, firstLate === -1 ? most : firstLate);
    wishes.slice(inTime.length, most).forEach((wish, i) => this.#overRate(wish, i + 1));
    const answers = await Promise.all(inTime.map((wish) => this.#mayListen(wish)));
    let isAnswering = true;
    for (const wish of inTime.filter((_, i) => answers[i])) {
      if (isAnswering) isAnswering = await this.#join(wish);
      else this.#unavailable(wish);
    }
    for (const wish of wishes.slice(most)) this.#overLimit(wish);
  }

  unsubscribe({ topic, rid }: FrameOf<'unsubscribe'>): void {
    const wasThere = this.#subscriptions.leave(topic);
    if (this.#caller.isBasic) return;
    if (wasThere) return this.#caller.tell({ type: 'unsubscribed', topic, ...(rid === undefined ? {} : { rid }) });
    this.#caller.complain({ code: 'not_subscribed', message: 'there is no subscription to this topic', topic, rid });
  }

  async #admit(wish: SubscribeWish): Promise<void> {
    if (await this.#mayListen(wish)) await this.#join(wish);
  }

  /** False: the broker does not answer, and that has been said. */
  async #join(wish: SubscribeWish): Promise<boolean> {
    if (!this.#caller.isOpen) return true;
    if (!this.#subscriptions.hasRoomFor(wish.topic)) {
      this.#overLimit(wish);
      return true;
    }
    try {
      await this.#subscriptions.join(wish);
      return true;
    } catch (error) {
      this.#context.logger.error({ ...traceOf(error), topic: wish.topic }, 'the broker could not be asked');
      this.#unavailable(wish);
      return false;
    }
  }

  #unavailable({ topic, rid }: SubscribeWish): void {
    this.#subscriptions.leave(topic);
    this.#caller.complain({ code: 'unavailable', message: 'the broker does not answer', retry: true, topic, rid });
  }

  /** `place`: among those that have to come again, so that there is room for each when it does. */
  #overRate({ topic, rid }: SubscribeWish, place = 1): void {
    const message = `more than ${this.#context.limits.topics} topics per second: limits.topics`;
    const afterMs = this.#bucket.untilRoom(place);
    this.#caller.complain({ code: 'rate_limited', message, retry: true, afterMs, topic, rid });
  }

  #overLimit({ topic, rid }: SubscribeWish): void {
    const message = `at most ${this.#context.limits.topics} topics for one connection: limits.topics`;
    this.#caller.complain({ code: 'limit', message, topic, rid });
  }

  /** Complains where it may not. */
  async #mayListen({ topic, rid }: SubscribeWish): Promise<boolean> {
    const objection = await objectionTo('subscribe', topic, this.#context, this.#caller);
    if (objection === undefined) return true;
    // What nobody confirms does not go on, also where nobody could be asked.
    this.#subscriptions.leave(topic);
    this.#caller.complain({ ...objection, topic, rid });
    return false;
  }
}
