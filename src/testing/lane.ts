import type { Socket } from 'node:net';
import { delayMsOf, lineOf } from './faultEffects.ts';
import type { Direction, FaultSpec } from './faults.ts';
import type { TimedClock } from './node.ts';

/** Bytes held by latency above which the sender is made to wait. Unit bytes. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** What Node reads from a socket at a time. Unit bytes. */
const CHUNK_BYTES = 64 * 1024;
/** Over a narrow line bytes go in portions of so much time. Unit ms. */
const PORTION_MS = 10;

interface Parcel {
  readonly bytes: Uint8Array;
  readonly dueAt: number;
}

export interface LaneHooks {
  readonly clock: TimedClock;
  readonly random: () => number;
  /** The faults of the connection, as they are now. */
  readonly faults: () => Iterable<FaultSpec>;
  readonly passed: (bytes: number) => void;
}

/** One direction of a connection: what comes in from `source` leaves at `sink` in order, later or slower if faults say so. */
export class Lane {
  readonly direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #hooks: LaneHooks;
  readonly #parcels: Parcel[] = [];
  /** What waits in here. Unit bytes. */
  heldBytes = 0;
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
    sink.on('drain', () => this.#regulate());
  }

  push(bytes: Uint8Array): void {
    if (this.#isShut || bytes.length === 0) return;
    const { clock, random, faults } = this.#hooks;
    const delayMs = delayMsOf(faults(), this.direction, random);
    this.#lastDueAt = Math.max(this.#lastDueAt, clock.now() + delayMs);
    this.#parcels.push({ bytes, dueAt: this.#lastDueAt });
    this.heldBytes += bytes.length;
    this.#pump();
    this.#regulate();
  }

  /** Once all that was pushed has left, and not before. Nothing pushed later leaves. */
  finish(then: () => void): void {
    if (this.#isShut) return;
    this.#isShut = true;
    this.#onDrained = then;
    this.#pump();
  }

  /** What it holds is lost. The result says how much that was, in bytes. */
  lose(): number {
    const lost = this.heldBytes;
    this.#parcels.length = 0;
    this.heldBytes = 0;
    this.#regulate();
    return lost;
  }

  stop(): void {
    this.#isShut = true;
    this.#onDrained = undefined;
    this.#parcels.length = 0;
    this.#hooks.clock.clearTimeout(this.#timer);
  }

  /** The faults are others: what waits may go sooner now. */
  readjust(): void {
    this.#freeAt = Math.min(this.#freeAt, this.#hooks.clock.now() + PORTION_MS);
    this.#pump();
  }

  #pump(): void {
    const { clock } = this.#hooks;
    clock.clearTimeout(this.#timer);
    for (let parcel = this.#parcels[0]; parcel !== undefined; parcel = this.#parcels[0]) {
      const waitMs = Math.max(parcel.dueAt, this.#freeAt) - clock.now();
      if (waitMs > 0) {
        this.#timer = clock.setTimeout(() => this.#pump(), Math.ceil(waitMs));
        return;
      }
      this.#parcels.shift();
      const rate = lineOf(this.#hooks.faults(), this.direction).bytesPerSecond;
      const portion = Math.max(1, Math.floor((rate * PORTION_MS) / 1000));
      if (parcel.bytes.length > portion) {
        this.#parcels.unshift({ bytes: parcel.bytes.subarray(portion), dueAt: parcel.dueAt });
      }
      this.#write(parcel.bytes.subarray(0, portion));
      this.#freeAt = Math.max(this.#freeAt, clock.now()) + (Math.min(portion, parcel.bytes.length) / rate) * 1000;
    }
    this.#onDrained?.();
    this.#onDrained = undefined;
  }

  #write(bytes: Uint8Array): void {
    this.heldBytes -= bytes.length;
    this.#hooks.passed(bytes.length);
    if (this.#sink.writable) this.#sink.write(bytes);
    this.#regulate();
  }

  /** Who sends faster than the lane carries has to wait: what it holds is the network's queue, all else is in the sender's kernel. */
  #regulate(): void {
    const isDelayed = this.#lastDueAt > this.#hooks.clock.now();
    const { queueBytes } = lineOf(this.#hooks.faults(), this.direction);
    const mostBytes = isDelayed ? HIGH_WATER_BYTES : Math.min(Math.max(0, queueBytes - CHUNK_BYTES), HIGH_WATER_BYTES);
    if (this.heldBytes + this.#sink.writableLength > mostBytes) this.#source.pause();
    else if (this.#source.isPaused()) this.#source.resume();
  }
}
