import type { SubscriptionStateName } from '../../machines/subscription.types.ts';
import type { Connection } from '../client/connection.ts';
import type { Position } from '../protocol/topicFrames.ts';

/** Topics and what is published there: `{ 'system/load': Load; [topic: \`traffic/${string}\`]: Sample }`. */
export type TopicMap = object;
/** The topics of a map that can be named. */
export type TopicName<Topics extends TopicMap> = keyof Topics & string;

/** What came by a topic. */
export interface TopicMessage<T = any> {
  readonly topic: string;
  readonly data: T;
  /** Its place in the log; undefined where the server knows no positions. */
  readonly offset?: number;
  /** That of the publish, where it had one. */
  readonly id?: string;
  /** The client id of who published it, where the hub shows that. */
  readonly from?: string;
  /** It was in the log before it was asked for. */
  readonly replay?: boolean;
}

/**
 * Why something is missing. `'epoch'`: the log is another one, and what was in the old one may be gone; `'trimmed'`: it does
 * not reach back so far any more; `'ahead'`: it ends before the position; `'too_large'`: more is missing than may be
 * replayed; `'unknown'`: the server keeps no log (`'best-effort'`), and may have said something while we were away.
 */
export type GapReason = 'epoch' | 'trimmed' | 'ahead' | 'too_large' | 'unknown';

/** What is missing: everything after `from`, up to `to`. What follows `to` comes. */
export interface Gap {
  readonly topic: string;
  readonly reason: GapReason;
  /** The last that was seen; undefined on a server that knows no positions. */
  readonly from: Position | undefined;
  readonly to: Position | undefined;
}

/** Where a subscription begins, and who is told of a gap. */
export interface SubscribeOptions {
  /** How many of the newest messages to begin with, as far as they are kept. Not used with `since`. Default 0. */
  readonly last?: number | undefined;
  /** Goes on after a position of `positions()`, of before a reload, say. Default: from now on. */
  readonly since?: Position | undefined;
  /** Something is missing. Where it returns a promise, the state stays `'gap'` until that settles: time to fetch what is missing some other way. */
  readonly onGap?: ((gap: Gap) => unknown) | undefined;
}

/** One listener's part of a topic. */
export interface TopicSubscription {
  /** That of the topic, whoever else listens; `'idle'` after {@link unsubscribe}. */
  readonly state: SubscriptionStateName;
  /** Of the last message that was handed to this listener; undefined before anything was heard, and where the server knows no positions. */
  readonly position: Position | undefined;
  /** The listener is not called from the next message on. When nobody else listens to the topic, the peer is told. */
  readonly unsubscribe: () => void;
}

/** How one message is published. */
export interface PublishOptions {
  /** The same at every retry of the same message, at most 64 bytes: it enters the log once. Unique among all that is published to the topic. Default 128 random bits. */
  readonly id?: string | undefined;
  /** How long it may wait for its acknowledgement. Past it: `'expired'` where it never left, else `'uncertain'`. Unit ms · default Infinity · range 1 … ∞. */
  readonly ttlMs?: number | undefined;
}

/** Where a message is in the log of its topic. */
export interface Published extends Position {
  /** It was there already: the position is that of the first time. */
  readonly duplicate: boolean;
}

/** `'exactly-once'`: `topics.v1+json` was agreed. `'best-effort'`: it was not, or nothing was agreed yet: messages may be missed while we are away, and nobody says which. */
export type Guarantee = 'exactly-once' | 'best-effort';

/** How a topic stands. The same object until something about it changes. */
export interface TopicStatus {
  readonly state: SubscriptionStateName;
  /** The last one that was announced. */
  readonly gap: Gap | undefined;
  /** Why it is `'denied'`, in the hub's word: `'denied'`, `'limit'`, … */
  readonly denial: string | undefined;
}

/** What a topic client takes beside the options of its connection: bounds, and how to read a server without positions. */
export interface TopicClientOptions {
  /** Publishes that may wait for their acknowledgement. Default 1,024 · range 1 … ∞. */
  readonly maxPublishes?: number | undefined;
  /** The same in bytes, as they go out. Unit bytes · default 1,048,576 (1 MiB) · range 1 … ∞. */
  readonly maxPublishBytes?: number | undefined;
  /** On a server without `topics.v1+json`: which topic a frame belongs to. Default its field `topic`. Undefined: to none, and it goes to `connection.onMessage`; so does one at which this function throws, and the error is reported. */
  readonly topicOf?: ((message: any) => string | undefined) | undefined;
  /** On such a server: what the listener gets of a frame. Default its field `data`, or else all of it. An error that it throws is reported, and the frame goes to `connection.onMessage`. */
  readonly dataOf?: ((message: any) => unknown) | undefined;
}

/** Topics over a connection: no gap that is not told, no duplicate, and publishes that enter the log once. */
export interface TopicClient<Topics extends TopicMap = Record<string, any>> {
  /**
   * Listens to a topic. The peer is asked once, however many listen; each of them has a position of its own.
   * Throws a ConnectionError `'invalid-option'`, or `'disposed'`.
   */
  readonly subscribe: <T extends TopicName<Topics>>(
    topic: T,
    listener: (data: Topics[T], message: TopicMessage<Topics[T]>) => void,
    options?: SubscribeOptions,
  ) => TopicSubscription;
  /**
   * Publishes, in order, and again after every reconnect until the hub says that its log holds it. Rejects with a
   * ConnectionError: `'uncertain'` where that cannot be told any more, `'expired'`, `'too-large'`, `'denied'`, `'overflow'`,
   * `'closed'`, `'disposed'`, `'unavailable'` (also of a server without `topics.v1+json`), or `'invalid-option'`.
   */
  readonly publish: <T extends TopicName<Topics>>(
    topic: T,
    data: Topics[T],
    options?: PublishOptions,
  ) => Promise<Published>;
  /** Where every topic is: what to give back as `since` after a reload. JSON can hold it. */
  readonly positions: () => Record<string, Position>;
  /** What the present or last connection promises. */
  readonly guarantee: Guarantee;
  readonly connection: Connection;
  /** How a topic stands, whoever listens to it. */
  readonly status: (topic: string) => TopicStatus;
  /** Calls whenever that has changed. Returns what ends it. */
  readonly onStatus: (topic: string, listener: (status: TopicStatus) => void) => () => void;
  /** Unsubscribes from everything, and settles what is not acknowledged. A connection that was made from a URL is disposed of, too. */
  readonly dispose: () => void;
}
