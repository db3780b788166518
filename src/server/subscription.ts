import type { Position, Rid, Unrecovered } from '../protocol/topicFrames.ts';
import type { Reading } from './broker.ts';
import type { HubContext } from './context.ts';
import { Outgoing } from './outgoing.ts';
import { messageText, type Broadcast, type Subscriber, type Topic } from './topic.ts';

/** What a client asked for. */
export interface SubscribeWish {
  readonly topic: string;
  readonly rid?: Rid | undefined;
  readonly since?: Position | undefined;
  readonly last?: number | undefined;
}

/** How a subscription reaches its peer. */
export interface Sink {
  readonly isBasic: boolean;
  say(frame: Outgoing): void;
  /** A message of a live subscription; the sink minds its budget. */
  deliver(subscription: Subscription, broadcast: Broadcast): void;
  /** A subscription that cannot go on: it is told, and is over. */
  reset(subscription: Subscription, reason: string): void;
}

/** How a subscription began. */
export interface Joined {
  readonly replayed: number;
  readonly hasRecovered: boolean;
}

const nothing: Joined = { replayed: 0, hasRecovered: false };

/** How often a read is begun again because more was published meanwhile than may wait. */
const READS = 3;
/** What may wait while the log is read. */
const MAX_HELD = 1_000;

/** One topic for one peer. Joins without a gap: first it listens, then it reads, then it goes on where the log ended (I4). */
export class Subscription implements Subscriber {
  readonly number: number;
  readonly topic: Topic;
  readonly #sink: Sink;
  readonly #context: HubContext;
  #epoch = '';
  #offset = 0;
  /** Null: live. */
  #held: Broadcast[] | null = [];
  #isOver = false;

  constructor(context: HubContext, sink: Sink, name: string, number: number) {
    this.#context = context;
    this.#sink = sink;
    this.number = number;
    this.topic = context.topics.join(name, this);
    if (sink.isBasic) this.#held = null;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  take(broadcast: Broadcast): void {
    if (this.#sink.isBasic) return this.#sink.deliver(this, broadcast);
    // One more than fits shows that something is missing.
    if (this.#held !== null) return void (this.#held.length <= MAX_HELD && this.#held.push(broadcast));
    const { epoch, offset } = broadcast.entry;
    if (epoch === this.#epoch && offset <= this.#offset) return;
    if (epoch !== this.#epoch) return this.#sink.reset(this, 'epoch');
    if (offset !== this.#offset + 1) return this.#sink.reset(this, 'gap');
    this.#offset = offset;
    this.#sink.deliver(this, broadcast);
  }

  renew(): void {
    if (this.#held === null && !this.#sink.isBasic) this.#sink.reset(this, 'epoch');
  }

  /** Skips what is not told any more, up to an offset. */
  skipTo(offset: number): void {
    this.#offset = offset;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.topics.leave(this.topic, this);
  }

  /** Rejects where the broker cannot be asked. */
  async join(wish: SubscribeWish): Promise<Joined> {
    await this.topic.listening;
    const limit = {
      maxMessages: this.#context.broker.history.maxMessages,
      maxBytes: this.#context.limits.peerBytes / 2,
    };
    for (let reads = 0; reads < READS; reads++) {
      this.#held = [];
      const reading = await this.#context.broker.read(wish.topic, { since: wish.since, last: wish.last, limit });
      if (this.#isOver) return nothing;
      if (this.#held.length <= MAX_HELD) return this.#begin(wish, reading, this.#held);
    }
    this.#sink.reset(this, 'busy');
    return nothing;
  }

  /** In one go: nothing can come between what is said here. */
  #begin(wish: SubscribeWish, reading: Reading, held: readonly Broadcast[]): Joined {
    const { epoch, top, entries, reason } = reading;
    const hasRecovered = reason === undefined;
    this.#sink.say(subscribed(this, wish, hasRecovered ? (wish.since?.offset ?? top) : top, epoch, reason));
    for (const entry of entries) this.#sink.say(new Outgoing(messageText(entry, this.topic.json, this.number, true)));
    this.#epoch = epoch;
    this.#offset = top;
    this.#held = null;
    for (const broadcast of held) {
      if (!this.#isOver) this.take(broadcast);
    }
    return { replayed: entries.length, hasRecovered };
  }
}

/** The frame `subscribed`. */
export function subscribed(
  { number, topic }: Pick<Subscription, 'number' | 'topic'>,
  { rid }: Pick<SubscribeWish, 'rid'>,
  offset: number,
  epoch: string,
  reason: Unrecovered | undefined,
): Outgoing {
  const recovered = reason === undefined;
  return new Outgoing(
    JSON.stringify({ type: 'subscribed', topic: topic.name, rid, sub: number, epoch, offset, recovered, reason }),
  );
}
