import type { Position, ResetReason, Rid, Unrecovered } from '../protocol/topicFrames.ts';
import type { Entry, Reading, ReadLimit } from './broker.ts';
import type { HubContext } from './context.ts';
import { within } from './deadline.ts';
import { Outgoing } from './outgoing.ts';
import { Broadcast, messageText, type Subscriber, type Topic } from './topic.ts';
import { traceOf } from './traceOf.ts';

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
  /** Lets those go on that have fallen behind, where there is room. */
  catchUp(): void;
  /** A subscription that cannot go on: it is told, and is over. `rid`: of the question that this answers. */
  reset(subscription: Subscription, reason: ResetReason, rid?: Rid): void;
}

/** How a subscription began. */
export interface Joined {
  readonly replayed: number;
  readonly hasRecovered: boolean;
}

const nothing: Joined = { replayed: 0, hasRecovered: false };

/** How often a read is begun again because more was published meanwhile than may wait, or because the log is another one. */
const READS = 3;
/** What may wait while the log is read. */
const MAX_HELD = 1_000;
/** The newest entry, however large: it goes out at once. */
const NEWEST: ReadLimit = { maxMessages: 1, maxBytes: Infinity };

/** One topic for one peer. Joins without a gap: first it listens, then it reads, then it goes on where the log ended (I4). */
export class Subscription implements Subscriber {
  readonly number: number;
  readonly topic: Topic;
  readonly #sink: Sink;
  readonly #context: HubContext;
  #epoch = '';
  #offset = 0;
  #isLive: boolean;
  #held: Broadcast[] = [];
  #heldBytes = 0;
  /** What is being read will be of no use, or nothing is being read. */
  #isStale = false;
  #isOver = false;

  constructor(context: HubContext, sink: Sink, name: string, number: number) {
    this.#context = context;
    this.#sink = sink;
    this.#isLive = sink.isBasic;
    this.number = number;
    this.topic = context.topics.join(name, this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  take(broadcast: Broadcast): void {
    if (!this.#isLive) return this.#hold(broadcast);
    if (this.#sink.isBasic) return this.#sink.deliver(this, broadcast);
    const { epoch, offset } = broadcast.entry;
    if (epoch === this.#epoch && offset <= this.#offset) return;
    if (epoch !== this.#epoch) return this.#sink.reset(this, 'epoch');
    if (offset !== this.#offset + 1) return this.#sink.reset(this, 'gap');
    this.#offset = offset;
    this.#sink.deliver(this, broadcast);
  }

  renew(): void {
    if (!this.#isLive) this.#isStale = true;
    else if (!this.#sink.isBasic) this.#sink.reset(this, 'epoch');
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#held = [];
    this.#context.topics.leave(this.topic, this);
  }

  /** Rejects where the broker cannot be asked. */
  async join(wish: SubscribeWish): Promise<Joined> {
    await this.topic.listening;
    const { maxMessages } = this.#context.broker.history;
    const reading = await this.#read(wish, { maxMessages, maxBytes: this.#replayBytes });
    if (reading !== undefined) return this.#begin(wish, reading);
    this.#sink.reset(this, 'busy', wish.rid);
    return nothing;
  }

  /** The peer has no room for this entry: nothing is kept of what it misses from here on. */
  fallBehind({ epoch, offset }: Entry): void {
    this.#epoch = epoch;
    this.#offset = offset - 1;
    this.#isLive = false;
    this.#isStale = true;
  }

  /** Goes on with the newest message, and live after it. */
  async catchUp(): Promise<void> {
    try {
      const reading = await this.#read({ topic: this.topic.name, last: 1 }, NEWEST);
      if (reading === undefined) this.#giveUp('busy');
      else this.#goOn(reading);
    } catch (error) {
      this.#context.logger.error({ ...traceOf(error), topic: this.topic.name }, 'the broker could not be asked');
      this.#giveUp('unavailable');
    }
  }

  /** Undefined: it was not to be had in peace, or is not wanted any more. What comes meanwhile is held. */
  async #read({ topic, since, last }: SubscribeWish, limit: ReadLimit): Promise<Reading | undefined> {
    const { broker, scheduler } = this.#context;
    for (let reads = 0; reads < READS && !this.#isOver; reads++) {
      this.#held = [];
      this.#heldBytes = 0;
      this.#isStale = false;
      const reading = await within(scheduler, broker.read(topic, { since, last, limit }));
      if (this.#canUse()) return reading;
    }
    return undefined;
  }

  /** As much again has to fit in: what is published meanwhile. */
  get #replayBytes(): number {
    return this.#context.limits.peerBytes / 2;
  }

  /** Whether what has just been read is still wanted. */
  #canUse(): boolean {
    return !this.#isStale && !this.#isOver;
  }

  #hold(broadcast: Broadcast): void {
    if (!this.#canUse()) return this.#sink.catchUp();
    this.#heldBytes += (this.#sink.isBasic ? broadcast.plain : broadcast.numbered(this.number)).byteLength;
    if (this.#held.push(broadcast) <= MAX_HELD && this.#heldBytes <= this.#replayBytes) return;
    this.#isStale = true;
    this.#held = [];
  }

  /** In one go: nothing can come between what is said here. */
  #begin(wish: SubscribeWish, { epoch, top, entries, reason: unrecovered }: Reading): Joined {
    const fitting = this.#fitting(entries);
    const reason = unrecovered ?? (fitting.length < entries.length ? 'too_large' : undefined);
    const hasRecovered = reason === undefined;
    this.#sink.say(subscribed(this, wish, hasRecovered ? (wish.since?.offset ?? top) : top, epoch, reason));
    // Never in part (I3), but of the newest any number will do.
    const replay = hasRecovered || unrecovered !== undefined ? fitting : [];
    for (const frame of replay) this.#sink.say(frame);
    this.#epoch = epoch;
    this.#offset = top;
    this.#isLive = true;
    this.#flush(epoch, top);
    return { replayed: replay.length, hasRecovered };
  }

  /** In one go, likewise. What lies between is said to be missing, and nothing is told twice. */
  #goOn({ epoch, top, entries: [newest] }: Reading): void {
    const { isBasic } = this.#sink;
    const isSame = epoch === this.#epoch;
    if (!isSame && !isBasic) return this.#sink.reset(this, 'epoch');
    const before = newest === undefined ? top : top - 1;
    if (before > this.#offset && !isBasic) {
      this.#sink.say(subscribed(this, {}, before, epoch, 'too_large'));
      this.#offset = before;
    }
    this.#isLive = true;
    if (newest !== undefined && !(isSame && top <= this.#offset)) this.take(new Broadcast(newest, this.topic.json));
    this.#flush(epoch, top);
  }

  /** Basic mode has no word for it: there the next message is the newest. */
  #giveUp(reason: ResetReason): void {
    if (!this.#sink.isBasic) return this.#sink.reset(this, reason);
    this.#isLive = true;
    this.#flush('', 0);
  }

  /** What was held, as far as it is above what was read. */
  #flush(epoch: string, top: number): void {
    for (const broadcast of this.#held.splice(0)) {
      const { entry } = broadcast;
      const isAbove = entry.epoch !== epoch || entry.offset > top;
      if (isAbove && !this.#isOver) this.take(broadcast);
    }
  }

  /** The newest ones that a replay has room for, as frames: small messages become much larger by that. */
  #fitting(entries: readonly Entry[]): Outgoing[] {
    const frames: Outgoing[] = [];
    let bytes = 0;
    for (const entry of [...entries].reverse()) {
      const frame = new Outgoing(messageText(entry, this.topic.json, this.number, true));
      bytes += frame.byteLength;
      if (bytes > this.#replayBytes) break;
      frames.push(frame);
    }
    return frames.reverse();
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
