import type { FrameOf } from '../protocol/parseFrame.ts';
import type { Caller } from './caller.ts';
import type { HubContext } from './context.ts';
import { objectionTo } from './permission.ts';
import type { SubscribeWish } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import { where } from './where.ts';

/** What one client wants to listen to: whether it may, and whether there is room, before it is subscribed. */
export class Listener {
  readonly #context: HubContext;
  readonly #caller: Caller;
  readonly #subscriptions: Subscriptions;

  constructor(context: HubContext, caller: Caller, subscriptions: Subscriptions) {
    this.#context = context;
    this.#caller = caller;
    this.#subscriptions = subscriptions;
  }

  async subscribe(wish: SubscribeWish): Promise<void> {
    if (await this.#mayListen(wish)) await this.#join(wish);
  }

  /** Asks about all topics at once, and reads one after the other: what waits meanwhile is that of one. */
  async resume({ rid, topics }: FrameOf<'resume'>): Promise<void> {
    const most = this.#context.limits.topics;
    const wishes = topics.map(({ topic, ...since }): SubscribeWish => ({ topic, since, rid }));
    const answers = await Promise.all(wishes.slice(0, most).map((wish) => this.#mayListen(wish)));
    let isAnswering = true;
    for (const wish of wishes.filter((_, i) => answers[i] === true)) {
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
      this.#context.logger.error({ ...where(error), topic: wish.topic }, 'the broker could not be asked');
      this.#unavailable(wish);
      return false;
    }
  }

  #unavailable({ topic, rid }: SubscribeWish): void {
    this.#caller.complain({ code: 'unavailable', message: 'the broker does not answer', retry: true, topic, rid });
  }

  #overLimit({ topic, rid }: SubscribeWish): void {
    const message = `at most ${this.#context.limits.topics} topics for one connection: limits.topics`;
    this.#caller.complain({ code: 'limit', message, topic, rid });
  }

  /** Complains where it may not. */
  async #mayListen({ topic, rid }: SubscribeWish): Promise<boolean> {
    const objection = await objectionTo('subscribe', topic, this.#context, this.#caller);
    if (objection === undefined) return true;
    // What was allowed once may be no more.
    this.#subscriptions.leave(topic);
    this.#caller.complain({ ...objection, topic, rid });
    return false;
  }
}
