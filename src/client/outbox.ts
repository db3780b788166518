import type { OutboxLevel } from '../../machines/connection.types.ts';
import type { RawData } from '../protocol/codec.ts';

/**
 * What can become of a message. Everything sent gets exactly one. `'sent'`: handed to an open socket. `'confirmed'`: with `confirm`, a pong
 * shows that it has arrived. `'acked'`: a hub says that its log holds it. `'expired'`: it waited longer than its `ttlMs`. `'dropped'`: it gave
 * way, or the connection ended. `'rejected'`: it was never taken. `'uncertain'`: it had left, and nobody can say more.
 */
export type Outcome = 'sent' | 'confirmed' | 'acked' | 'expired' | 'dropped' | 'rejected' | 'uncertain';

/** What `send` says at once. `'queued'`: the outcome follows; the other three are the outcome. */
export type Disposition = 'sent' | 'queued' | 'dropped' | 'rejected';

/** One message in the outbox. */
export interface Held {
  /** As it will go out: encoded, binary data copied. */
  readonly data: RawData;
  /** As it was given. */
  readonly message: unknown;
  /** Payload size. Unit bytes. */
  readonly bytes: number;
  /** Unit ms of the connection's clock; Infinity: never. */
  readonly dueAt: number;
  readonly key: string | undefined;
  /** Told the outcome, for `deliver()`. */
  readonly onOutcome: ((outcome: Outcome, reason: string | undefined) => void) | undefined;
  /** Times it was handed to a socket and not confirmed. */
  handOvers: number;
  /** Its number among all that was handed over, the last time. */
  position: number;
  /** It may be what the peer died of, and is handed over alone. */
  isSuspect: boolean;
}

/** What takes up room in the same bounds. */
export interface Occupancy {
  readonly messages: number;
  /** Unit bytes. */
  readonly bytes: number;
}

export interface OutboxBounds {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly overflow: 'drop-oldest' | 'drop-newest' | 'reject';
}

/** What became of a message that was to be held. */
export type Admission =
  | { readonly disposition: 'queued' }
  | { readonly disposition: 'dropped' | 'rejected'; readonly reason: 'overflow' | 'too-large' };

const QUEUED: Admission = { disposition: 'queued' };
const FIRST_CAPACITY = 16;

/**
 * Messages that wait for an open socket: a ring, first in first out, bounded in messages and bytes.
 * It knows neither time nor sockets; whoever leaves it otherwise than by `shift` is reported to `settle`.
 */
export class Outbox {
  readonly #bounds: OutboxBounds;
  readonly #beside: Occupancy;
  readonly #settle: (held: Held, outcome: Outcome, reason: string) => void;
  /** Slot of sequence number n: n modulo the capacity, a power of two. Replaced and expired messages leave a hole. */
  #slots: (Held | undefined)[] = new Array<Held | undefined>(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #tail = 0;
  readonly #keys = new Map<string, number>();
  #messages = 0;
  #bytes = 0;
  #earliestDue = Infinity;

  /** `beside`: what was handed over and is kept until it is confirmed. It counts, and gives way to nothing. */
  constructor(bounds: OutboxBounds, beside: Occupancy, settle: (held: Held, outcome: Outcome, reason: string) => void) {
    this.#bounds = bounds;
    this.#beside = beside;
    this.#settle = settle;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** With what is beside it. */
  get level(): OutboxLevel {
    const messages = this.#messages + this.#beside.messages;
    if (messages === 0) return 'empty';
    const { maxMessages, maxBytes } = this.#bounds;
    return messages >= maxMessages || this.#bytes + this.#beside.bytes >= maxBytes ? 'full' : 'holding';
  }

  /** When something in here may expire, at the earliest. Unit ms; Infinity: never. */
  get earliestDue(): number {
    return this.#messages === 0 ? Infinity : this.#earliestDue;
  }

  hold(held: Held): Admission {
    const { overflow } = this.#bounds;
    if (held.bytes > this.#bounds.maxBytes) return { disposition: 'rejected', reason: 'too-large' };
    const maxMessages = this.#bounds.maxMessages - this.#beside.messages;
    const maxBytes = this.#bounds.maxBytes - this.#beside.bytes;
    const older = held.key === undefined ? undefined : this.#keys.get(held.key);
    const freed = older === undefined ? undefined : this.#at(older);
    const hasRoom = () =>
      this.#messages - (freed === undefined ? 0 : 1) < maxMessages &&
      this.#bytes - (freed?.bytes ?? 0) + held.bytes <= maxBytes;
    if (maxMessages < 1 || held.bytes > maxBytes || (overflow !== 'drop-oldest' && !hasRoom())) {
      // Where none may wait at all, the oldest is this one.
      const isOldest = overflow === 'drop-oldest' && this.#bounds.maxMessages < 1;
      return { disposition: overflow === 'drop-newest' || isOldest ? 'dropped' : 'rejected', reason: 'overflow' };
    }
    if (older !== undefined && freed !== undefined) {
      this.#remove(older, freed);
      this.#settle(freed, 'dropped', 'replaced');
    }
    while (this.#messages >= maxMessages || this.#bytes + held.bytes > maxBytes) {
      const oldest = this.shift();
      if (oldest === undefined) break;
      this.#settle(oldest, 'dropped', 'overflow');
    }
    this.#push(held);
    return QUEUED;
  }

  peek(): Held | undefined {
    while (this.#head < this.#tail) {
      const held = this.#at(this.#head);
      if (held !== undefined) return held;
      this.#head++;
    }
    return undefined;
  }

  /** Takes the oldest out; its outcome is the caller's to give. */
  shift(): Held | undefined {
    const held = this.peek();
    if (held !== undefined) this.#remove(this.#head++, held);
    return held;
  }

  /** Puts back what was just taken out: it is the oldest again. */
  putBack(held: Held): void {
    if (this.#tail - this.#head === this.#slots.length) this.#makeRoom();
    this.#head--;
    this.#slots[this.#head & (this.#slots.length - 1)] = held;
    if (held.key !== undefined && !this.#keys.has(held.key)) this.#keys.set(held.key, this.#head);
    this.#count(held);
  }

  /** Settles as `'expired'` what is due by now. Unit ms. */
  expire(nowMs: number): void {
    if (this.earliestDue > nowMs) return;
    const expired: Held[] = [];
    this.#earliestDue = Infinity;
    for (let sequence = this.#head; sequence < this.#tail; sequence++) {
      const held = this.#at(sequence);
      if (held === undefined) continue;
      if (held.dueAt > nowMs) this.#earliestDue = Math.min(this.#earliestDue, held.dueAt);
      else {
        this.#remove(sequence, held);
        expired.push(held);
      }
    }
    for (const held of expired) this.#settle(held, 'expired', 'ttl');
  }

  /** Empties it; every message is settled as given. */
  clear(outcome: Outcome, reason: string): void {
    for (let held = this.shift(); held !== undefined; held = this.shift()) this.#settle(held, outcome, reason);
  }

  #at(sequence: number): Held | undefined {
    return this.#slots[sequence & (this.#slots.length - 1)];
  }

  #push(held: Held): void {
    if (this.#tail - this.#head === this.#slots.length) this.#makeRoom();
    this.#slots[this.#tail & (this.#slots.length - 1)] = held;
    if (held.key !== undefined) this.#keys.set(held.key, this.#tail);
    this.#tail++;
    this.#count(held);
  }

  #count(held: Held): void {
    this.#messages++;
    this.#bytes += held.bytes;
    this.#earliestDue = Math.min(this.#messages === 1 ? Infinity : this.#earliestDue, held.dueAt);
  }

  #remove(sequence: number, held: Held): void {
    this.#slots[sequence & (this.#slots.length - 1)] = undefined;
    if (held.key !== undefined && this.#keys.get(held.key) === sequence) this.#keys.delete(held.key);
    this.#messages--;
    this.#bytes -= held.bytes;
  }

  /** Closes the holes; doubles where there are few. */
  #makeRoom(): void {
    const kept: Held[] = [];
    for (let sequence = this.#head; sequence < this.#tail; sequence++) {
      const held = this.#at(sequence);
      if (held !== undefined) kept.push(held);
    }
    const capacity = kept.length > this.#slots.length / 2 ? this.#slots.length * 2 : this.#slots.length;
    this.#slots = new Array<Held | undefined>(capacity).fill(undefined);
    this.#keys.clear();
    this.#head = 0;
    this.#tail = kept.length;
    kept.forEach((held, sequence) => {
      this.#slots[sequence] = held;
      if (held.key !== undefined) this.#keys.set(held.key, sequence);
    });
  }
}
