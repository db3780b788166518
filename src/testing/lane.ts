import type { Socket } from 'node:net';
import { delayMsOf, lineOf } from './faultEffects.ts';
import type { Direction, FaultSpec } from './faults.ts';
import type { TimedClock } from './node.ts';

/** Bytes held by latency above which the sender is made to wait. Unit bytes. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** What Node reads from a socket at a time. Unit bytes. */
const CHUNK_BYTES = 64 * 1024;
/** Over a narrow line bytes leave in portions, each worth this much time. Unit ms. */
const PORTION_MS = 10;

interface Parcel {
  readonly bytes: Uint8Array;
  /** Its latency, behind the narrow place. Unit ms. */
  readonly delayMs: number;
}

export interface LaneHooks {
  readonly clock: TimedClock;
  readonly random: () => number;
  /** The current faults of the connection. */
  readonly faults: () => Iterable<FaultSpec>;
  readonly passed: (bytes: number) => void;
}

/** One direction of a connection: bytes from `source` leave at `sink` in order. First they wait for the narrow place, then for latency. */
export class Lane {
  readonly direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #hooks: LaneHooks;
  /** What waits for the narrow place: the network's queue. */
  readonly #queue: Parcel[] = [];
  #queuedBytes = 0;
  /** What has passed it, and is held by latency. */
  readonly #flight: { readonly bytes: Uint8Array; readonly dueAt: number }[] = [];
  #flyingBytes = 0;
  #lastDueAt = 0;
  /** When the line has room again. */
  #freeAt = 0;
  #timer: unknown = undefined;
  #onDrained: (() => void) | undefined = undefined;
  #isShut = false;

  constructor(direction: Direction, source: Socket, sink: Socket, hooks: LaneHooks) {
    this.direction = direction;
    this.#source = source;
    this.#sink = sink;
    this.#hooks = hooks;
  }

  /** Bytes on their way. */
  get heldBytes(): number {
    return this.#queuedBytes + this.#flyingBytes;
  }

  push(bytes: Uint8Array): void {
    if (this.#isShut || bytes.length === 0) return;
    const { random, faults } = this.#hooks;
    this.#queue.push({ bytes, delayMs: delayMsOf(faults(), this.direction, random) });
    this.#queuedBytes += bytes.length;
    this.#pump();
  }

  /** Calls back once everything pushed so far has left. Later pushes are ignored. */
  finish(then: () => void): void {
    if (this.#isShut) return;
    this.#isShut = true;
    this.#onDrained = then;
    this.#pump();
  }

  /** Discards what it holds, and returns how much that was. Unit bytes. */
  lose(): number {
    const lost = this.heldBytes;
    this.#empty();
    this.#regulate();
    return lost;
  }

  stop(): void {
    this.#isShut = true;
    this.#onDrained = undefined;
    this.#empty();
    this.#hooks.clock.clearTimeout(this.#timer);
  }

  /** The faults have changed: waiting bytes may leave earlier, and the queue may be larger. */
  readjust(): void {
    this.#freeAt = Math.min(this.#freeAt, this.#hooks.clock.now() + PORTION_MS);
    this.#pump();
  }

  #empty(): void {
    this.#queue.length = this.#flight.length = 0;
    this.#queuedBytes = this.#flyingBytes = 0;
  }

  #pump(): void {
    const { clock } = this.#hooks;
    clock.clearTimeout(this.#timer);
    while (this.#queue.length > 0 && this.#freeAt <= clock.now()) this.#squeeze();
    for (let next = this.#flight[0]; next !== undefined && next.dueAt <= clock.now(); next = this.#flight[0]) {
      this.#flight.shift();
      this.#write(next.bytes);
    }
    this.#regulate();
    if (this.heldBytes > 0) {
      const nextAt = Math.min(this.#queue.length > 0 ? this.#freeAt : Infinity, this.#flight[0]?.dueAt ?? Infinity);
      this.#timer = clock.setTimeout(() => this.#pump(), Math.ceil(nextAt - clock.now()));
      return;
    }
    this.#onDrained?.();
    this.#onDrained = undefined;
  }

  /** Lets one portion through the narrow place. */
  #squeeze(): void {
    const { bytes, delayMs } = this.#queue.shift() as Parcel;
    const now = this.#hooks.clock.now();
    const rate = lineOf(this.#hooks.faults(), this.direction).bytesPerSecond;
    const portion = bytes.subarray(0, Math.max(1, Math.floor((rate * PORTION_MS) / 1000)));
    if (bytes.length > portion.length) this.#queue.unshift({ bytes: bytes.subarray(portion.length), delayMs });
    this.#freeAt = Math.max(this.#freeAt, now) + (portion.length / rate) * 1000;
    this.#lastDueAt = Math.max(this.#lastDueAt, now + delayMs);
    this.#flight.push({ bytes: portion, dueAt: this.#lastDueAt });
    this.#queuedBytes -= portion.length;
    this.#flyingBytes += portion.length;
  }

  #write(bytes: Uint8Array): void {
    this.#flyingBytes -= bytes.length;
    this.#hooks.passed(bytes.length);
    // 'drain' would not do: it follows only a write that filled the sink's buffer.
    if (this.#sink.writable) this.#sink.write(bytes, () => this.#regulate());
  }

  /** A sender that is faster than the lane has to wait: the lane is the network's queue, everything else stays in the sender's kernel. */
  #regulate(): void {
    const { queueBytes } = lineOf(this.#hooks.faults(), this.direction);
    // An empty queue takes a chunk, whatever its size.
    const mostBytes = Math.min(Math.max(0, queueBytes - CHUNK_BYTES), HIGH_WATER_BYTES);
    const isFull = this.#queuedBytes + this.#sink.writableLength > mostBytes || this.#flyingBytes > HIGH_WATER_BYTES;
    if (isFull) this.#source.pause();
    else if (this.#source.isPaused()) this.#source.resume();
  }
}
