import type { Position, Unrecovered } from '../../protocol/topicFrames.ts';
import type { Entry, Reading, ReadLimit } from '../broker.ts';
import { Ring } from './ring.ts';

/** What a log keeps. Whatever is reached first ends what is oldest. */
export interface LogBounds {
  readonly maxMessages: number;
  /** Unit ms. */
  readonly maxAgeMs: number;
  /** Of the data, in UTF-8. Unit bytes. */
  readonly maxBytes: number;
}

interface Kept {
  readonly entry: Entry;
  readonly byteLength: number;
  readonly atMs: number;
}

/** One topic in one epoch: counts its offsets and keeps the newest entries. */
export class TopicLog {
  readonly epoch: string;
  readonly #bounds: LogBounds;
  readonly #kept = new Ring<Kept>();
  #byteLength = 0;
  #top = 0;

  constructor(epoch: string, bounds: LogBounds) {
    this.epoch = epoch;
    this.#bounds = bounds;
  }

  /** Offset of the newest entry, kept or not. */
  get top(): number {
    return this.#top;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  append(message: Omit<Entry, 'epoch' | 'offset'>, nowMs: number): Entry {
    const entry: Entry = { ...message, epoch: this.epoch, offset: ++this.#top };
    const byteLength = Buffer.byteLength(entry.data);
    this.#kept.push({ entry, byteLength, atMs: nowMs });
    this.#byteLength += byteLength;
    this.trim(nowMs);
    return entry;
  }

  /** Forgets what is over the bounds. */
  trim(nowMs: number): void {
    const { maxMessages, maxAgeMs, maxBytes } = this.#bounds;
    for (let oldest = this.#kept.at(0); oldest !== undefined; oldest = this.#kept.at(0)) {
      const isOver = this.#kept.length > maxMessages || this.#byteLength > maxBytes || nowMs - oldest.atMs >= maxAgeMs;
      if (!isOver) return;
      this.#byteLength -= oldest.byteLength;
      this.#kept.shift();
    }
  }

  /** What follows a position: all of it, or a reason. */
  readSince({ epoch, offset }: Position, limit: ReadLimit): Reading {
    if (epoch !== this.epoch) return this.#without('epoch');
    if (offset > this.#top) return this.#without('ahead');
    const missing = this.#top - offset;
    if (missing > this.#kept.length) return this.#without('trimmed');
    if (missing > this.#fitting(missing, limit)) return this.#without('too_large');
    return this.#reading(missing, undefined);
  }

  /** The newest ones, as many as the limit allows. */
  readLast(count: number, limit: ReadLimit): Reading {
    return this.#reading(this.#fitting(count, limit), 'none');
  }

  #without(reason: Unrecovered): Reading {
    return this.#reading(0, reason);
  }

  #reading(count: number, reason: Unrecovered | undefined): Reading {
    const entries = this.#kept.slice(this.#kept.length - count).map(({ entry }) => entry);
    return { epoch: this.epoch, top: this.#top, entries, reason };
  }

  /** How many of the newest may be read at once, of so many that are wanted. */
  #fitting(wanted: number, { maxMessages, maxBytes }: ReadLimit): number {
    const most = Math.min(wanted, maxMessages, this.#kept.length);
    let byteLength = 0;
    for (let count = 0; count < most; count++) {
      byteLength += this.#kept.at(this.#kept.length - 1 - count)?.byteLength ?? 0;
      if (byteLength > maxBytes) return count;
    }
    return most;
  }
}
