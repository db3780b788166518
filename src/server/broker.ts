import type { Position, Unrecovered } from '../protocol/topicFrames.ts';

/** One message in a topic's log. */
export interface Entry extends Position {
  readonly topic: string;
  /** The message as JSON text: made once, kept and sent as it is. */
  readonly data: string;
  /** The publisher's own id. */
  readonly id?: string | undefined;
  /** Whom it is from, where the hub's option says so. */
  readonly from?: string | undefined;
}

/** Where a message stands in the log. A duplicate is answered with its first position. */
export interface Published extends Position {
  readonly duplicate: boolean;
}

/** How much of a log may be read at once. */
export interface ReadLimit {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** What a topic holds, as of one moment: epoch, top and entries belong together. */
export interface Reading {
  readonly epoch: string;
  /** Offset of the newest entry; 0 where there has been none. */
  readonly top: number;
  /** What follows the position that was asked for, or the newest `last`, oldest first. Never in part: empty where `reason` says why. */
  readonly entries: readonly Entry[];
  /** Why it does not follow the position; `'none'` where none was given. Undefined: it does, and nothing is missing. */
  readonly reason: Unrecovered | undefined;
}

/**
 * Keeps the logs of topics and tells every hub what is published. One process or many: `memoryBroker`, `redisBroker`.
 * What it answers is true when it answers: an `ack` goes out after `publish` has settled, and never before.
 */
export interface Broker {
  /** For how long an id is remembered. Unit ms. */
  readonly dedupeWindowMs: number;
  /** What its logs hold. */
  readonly history: { readonly maxMessages: number; readonly maxAgeMs: number; readonly maxBytes: number };
  /**
   * Appends, remembers the id and tells the subscribers, all or nothing. The same `(scope, topic, id)` within the window is
   * one entry. Rejects where it cannot be told whether that was done.
   */
  publish(
    topic: string,
    data: string,
    options: { readonly id?: string | undefined; readonly scope: string; readonly from?: string | undefined },
  ): Promise<Published>;
  /** Epoch, top and entries of one moment (I4). */
  read(
    topic: string,
    options: { readonly since?: Position | undefined; readonly last?: number | undefined; readonly limit: ReadLimit },
  ): Promise<Reading>;
  /** Every entry from now on, in order, until the function that is returned is called. Resolves when it listens. */
  subscribe(topic: string, onEntry: (entry: Entry) => void): Promise<() => void>;
  /** Acknowledged entries may be gone, of one topic or (undefined) of all: their epochs are new. Returns what ends it. */
  onGeneration(listener: (topic: string | undefined) => void): () => void;
  /** Whether it answers: a message that went round. Rejects where it does not. */
  check?(): Promise<void>;
  close?(): Promise<void>;
}
