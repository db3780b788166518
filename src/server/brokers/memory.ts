import type { Broker, Entry, Published, Reading } from '../broker.ts';
import { aFunction, anObject, check, fromZero, given, type Accepted } from '../checkOptions.ts';
import { randomId } from '../ids.ts';
import type { Logger } from '../options.ts';
import { nodeNow } from '../scheduler.ts';
import { RememberedIds } from './rememberedIds.ts';
import { Ring } from './ring.ts';
import { TopicLog, type LogBounds } from './topicLog.ts';

/** What {@link memoryBroker} can be told. */
export interface MemoryBrokerOptions {
  /** What is kept of each topic. Default 1,000 messages, 300,000 ms, 1,048,576 bytes; each from 0, or Infinity. */
  readonly history?: Partial<LogBounds> | undefined;
  /** For how long an id is remembered: a publish with it is answered as a duplicate. Unit ms · default 300,000 · from 0, or Infinity. */
  readonly dedupeWindowMs?: number | undefined;
  /**
   * How many ids are remembered at most, of all topics. Beyond, a publish with a new id is refused until older ones are
   * past the window: to forget them early would let duplicates in. Default 1,000,000, at some 250 bytes each · from 0, or Infinity.
   */
  readonly maxIds?: number | undefined;
  /** A clock that does not go back. Unit ms · default the platform's. */
  readonly now?: (() => number) | undefined;
  /** Chance, for epochs: at least 0, below 1. Default the platform's, of cryptographic quality. */
  readonly random?: (() => number) | undefined;
  /** Is told of listeners that throw. Default nobody is. */
  readonly logger?: Pick<Logger, 'error'> | undefined;
}

const acceptedHistory: Readonly<Record<keyof LogBounds, Accepted>> = {
  maxMessages: fromZero,
  maxAgeMs: fromZero,
  maxBytes: fromZero,
};
const accepted: Readonly<Record<keyof MemoryBrokerOptions, Accepted>> = {
  history: anObject,
  dedupeWindowMs: fromZero,
  maxIds: fromZero,
  now: aFunction,
  random: aFunction,
  logger: anObject,
};
/** Of its options. */
export const memoryDefaults = {
  history: { maxMessages: 1_000, maxAgeMs: 300_000, maxBytes: 1_048_576 },
  dedupeWindowMs: 300_000,
  maxIds: 1_000_000,
} as const;

const EPOCH_BITS = 96;
/** How many old ids and idle topics each call looks after: more than it can add, so that they never pile up. */
const LOOKED_AFTER = 4;

type PublishOptions = Parameters<Broker['publish']>[2];
type ReadOptions = Parameters<Broker['read']>[1];

interface Subscription {
  readonly onEntry: (entry: Entry) => void;
  /** What was there before it is none of its business. */
  readonly after: number;
}

/** A topic that somebody listens to, or that has something to remember. */
interface Topic {
  readonly name: string;
  readonly serial: number;
  readonly log: TopicLog;
  readonly subscriptions: Set<Subscription>;
  /** How many of its ids are remembered. */
  ids: number;
  isLookedAfter: boolean;
}

/** Keeps everything in this process: the broker of a single hub, and gone with it. Throws a TypeError that names the option. */
export function memoryBroker(options: MemoryBrokerOptions = {}): Broker {
  return new MemoryBroker(options);
}

class MemoryBroker implements Broker {
  readonly dedupeWindowMs: number;
  readonly history: LogBounds;
  readonly #now: () => number;
  readonly #random: (() => number) | undefined;
  readonly #logger: Pick<Logger, 'error'> | undefined;
  readonly #topics = new Map<string, Topic>();
  readonly #ids: RememberedIds<Topic>;
  readonly #lookedAfter = new Ring<{ readonly topic: Topic; readonly dueMs: number }>();
  readonly #untold = new Ring<{ readonly topic: Topic; readonly entry: Entry }>();
  /** Of topics that have never been published to. So they need not be remembered, and are known again. */
  #epoch: string;
  #serial = 0;
  #isTelling = false;
  #isClosed = false;

  constructor(options: MemoryBrokerOptions) {
    check('', options, accepted);
    const { history = {}, now, random, logger } = options;
    const { dedupeWindowMs = memoryDefaults.dedupeWindowMs, maxIds = memoryDefaults.maxIds } = options;
    check('history.', history, acceptedHistory);
    this.history = { ...memoryDefaults.history, ...given(history) };
    this.dedupeWindowMs = dedupeWindowMs;
    this.#ids = new RememberedIds(dedupeWindowMs, maxIds);
    this.#now = now ?? nodeNow;
    this.#random = random;
    this.#logger = logger;
    this.#epoch = randomId(EPOCH_BITS, random);
  }

  publish(name: string, data: string, options: PublishOptions): Promise<Published> {
    return settled(() => {
      const nowMs = this.#begin();
      const { id, scope, from } = options;
      const known = this.#topics.get(name);
      if (id !== undefined) {
        const first = known === undefined ? undefined : this.#ids.find(known, scope, id, nowMs);
        if (first !== undefined) return { epoch: first.epoch, offset: first.offset, duplicate: true };
        if (this.#ids.isFull) throw new Error('maxIds: as many ids as that are remembered; later there is room again');
      }
      const topic = known ?? this.#add(name);
      const entry = topic.log.append({ topic: name, data, id, from }, nowMs);
      if (id !== undefined) this.#ids.add(topic, scope, id, entry, nowMs);
      this.#lookAfter(topic, nowMs);
      this.#tell(topic, entry);
      return { epoch: entry.epoch, offset: entry.offset, duplicate: false };
    });
  }

  read(name: string, { since, last = 0, limit }: ReadOptions): Promise<Reading> {
    return settled(() => {
      const nowMs = this.#begin();
      const log = this.#topics.get(name)?.log ?? new TopicLog(this.#epoch, this.history);
      log.trim(nowMs);
      return since === undefined ? log.readLast(last, limit) : log.readSince(since, limit);
    });
  }

  subscribe(name: string, onEntry: (entry: Entry) => void): Promise<() => void> {
    return settled(() => {
      this.#begin();
      const topic = this.#topics.get(name) ?? this.#add(name);
      const subscription = { onEntry, after: topic.log.top };
      topic.subscriptions.add(subscription);
      return () => {
        if (topic.subscriptions.delete(subscription)) this.#abandon(topic);
      };
    });
  }

  /** Nothing is lost as long as the process lives; then everything is, and so is whoever could be told. */
  onGeneration(): () => void {
    return () => undefined;
  }

  check(): Promise<void> {
    return settled(() => void this.#begin());
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#topics.clear();
    return Promise.resolve();
  }

  /** There are no timers: time passes when somebody comes. */
  #begin(): number {
    if (this.#isClosed) throw new Error('the broker is closed');
    const nowMs = this.#now();
    this.#ids.forget(LOOKED_AFTER, nowMs);
    for (let i = 0; i < LOOKED_AFTER; i++) {
      const next = this.#lookedAfter.at(0);
      if (next === undefined || next.dueMs > nowMs) break;
      this.#lookedAfter.shift();
      this.#visit(next.topic, nowMs);
    }
    return nowMs;
  }

  #add(name: string): Topic {
    const topic: Topic = {
      name,
      serial: this.#serial++,
      log: new TopicLog(this.#epoch, this.history),
      subscriptions: new Set(),
      ids: 0,
      isLookedAfter: false,
    };
    this.#topics.set(name, topic);
    return topic;
  }

  #visit(topic: Topic, nowMs: number): void {
    topic.isLookedAfter = false;
    topic.log.trim(nowMs);
    if (!topic.log.isEmpty || topic.ids > 0) this.#lookAfter(topic, nowMs);
    else if (topic.subscriptions.size === 0) this.#forget(topic);
  }

  #lookAfter(topic: Topic, nowMs: number): void {
    if (topic.isLookedAfter) return;
    topic.isLookedAfter = true;
    const { maxAgeMs } = this.history;
    // The same delay for all, so that who comes first is due first.
    this.#lookedAfter.push({ topic, dueMs: nowMs + (maxAgeMs === Infinity ? this.dedupeWindowMs : maxAgeMs) });
  }

  /** Who comes back before long finds the epoch as it was; a topic that never had a message costs nothing at once. */
  #abandon(topic: Topic): void {
    if (topic.subscriptions.size > 0) return;
    if (topic.log.top === 0) this.#forget(topic);
    else this.#lookAfter(topic, this.#now());
  }

  #forget(topic: Topic): void {
    if (this.#topics.get(topic.name) !== topic) return;
    this.#topics.delete(topic.name);
    // Its offsets begin again at 1, and must not be taken for those that were (I7).
    const hasBegun = topic.log.top > 0 && topic.log.epoch === this.#epoch;
    if (hasBegun) this.#epoch = randomId(EPOCH_BITS, this.#random);
  }

  /** In the order of the log, also where a listener publishes. */
  #tell(topic: Topic, entry: Entry): void {
    if (topic.subscriptions.size === 0) return;
    this.#untold.push({ topic, entry });
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const { onEntry, after } of next.topic.subscriptions) {
        if (next.entry.offset > after) this.#call(onEntry, next.entry);
      }
    }
    this.#isTelling = false;
  }

  #call(onEntry: (entry: Entry) => void, entry: Entry): void {
    try {
      onEntry(entry);
    } catch (error) {
      this.#logger?.error(
        { error, topic: entry.topic },
        'a listener of the broker failed; the others are told all the same',
      );
    }
  }
}

/** Done at once, so that nothing comes between; told as a promise, since brokers elsewhere need time. */
function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
