import { KERNEL_BYTES, wideLine, type Line } from './faultEffects.ts';
import { NarrowPlace } from './narrowPlace.ts';
import type { TimedClock } from './node.ts';
import { Overshoot } from './overshoot.ts';
import { SendBuffers } from './sendBuffers.ts';

/** A frame on its way. */
interface Load {
  readonly bytes: number;
  /** Where it ends in the stream. Unit bytes. */
  readonly end: number;
  readonly delayMs: number;
  readonly arrive: () => void;
  /** When it has passed the narrow place, and when it arrives. */
  passedAt: number;
  dueAt: number;
  timer: unknown;
}

/**
 * One direction between a socket and its peer in a simulated network. Frames arrive in order, whatever their delay. On a
 * narrow line they pass three buffers: the socket's own, the kernel's, and the network's queue.
 */
export class SimulatedRoad {
  readonly #clock: TimedClock;
  /** How long an acknowledgement takes. Unit ms. */
  readonly #roundTripMs: number;
  readonly #queue: Load[] = [];
  readonly #buffers = new SendBuffers();
  readonly #place: NarrowPlace;
  #line: Line;
  /** Undefined once it has happened, and on a wide line. */
  #overshoot: Overshoot | undefined = undefined;
  #lastDueAt = 0;
  /** Where acknowledgements stop, because something was lost. Unit bytes. */
  #brokenAt: number | undefined = undefined;
  /** Where acknowledgements are as long as none comes back. Unit bytes. */
  #unheardAt: number | undefined = undefined;
  /** What is on its way. Unit bytes. */
  heldBytes = 0;

  constructor(clock: TimedClock, roundTripMs: number, line: Line) {
    this.#clock = clock;
    this.#roundTripMs = roundTripMs;
    this.#place = new NarrowPlace(roundTripMs);
    this.#line = wideLine;
    this.widen(line);
  }

  carry(bytes: number, delayMs: number, arrive: () => void): void {
    this.#write(bytes);
    const load = { bytes, end: this.#buffers.written, delayMs, arrive, passedAt: 0, dueAt: 0, timer: undefined };
    this.#queue.push(load);
    this.heldBytes += bytes;
    this.#launch(load, bytes);
  }

  /** Changes the line: frames that have not passed its narrow place yet arrive later or earlier. */
  widen(line: Line): void {
    const now = this.#clock.now();
    const { bytesPerSecond } = this.#line;
    this.#line = line;
    this.#reconsider(bytesPerSecond === Infinity);
    if (bytesPerSecond === line.bytesPerSecond) return;
    const late = this.#queue.filter(({ passedAt }) => passedAt > now);
    this.#place.change(line.bytesPerSecond, now);
    this.#lastDueAt = this.#queue[this.#queue.length - late.length - 1]?.dueAt ?? 0;
    for (const load of late) {
      this.#clock.clearTimeout(load.timer);
      this.#launch(load, Math.min(load.bytes, ((load.passedAt - now) / 1000) * bytesPerSecond));
    }
  }

  /** What waits in the sender's socket. Unit bytes. */
  waiting(inWholeWrites: boolean): number {
    return this.#buffers.waiting(this.#acknowledged, this.#kernelBytes, inWholeWrites);
  }

  /** Loses what is on its way. Returns the number of frames. */
  lose(): number {
    const [first] = this.#queue;
    if (first !== undefined) this.#break(Math.min(this.#acknowledged, first.end - first.bytes));
    return this.#drop(-1);
  }

  /** Takes bytes that never arrive: they stay in the sender's buffers. */
  swallow(bytes: number): void {
    this.#break(this.#acknowledged);
    this.#buffers.write(bytes, this.#acknowledged, this.#kernelBytes);
  }

  /** Whether acknowledgements are lost on their way back: what is sent still arrives, and the sender does not learn of it. */
  deafen(isDeaf: boolean): void {
    const at = this.#acknowledged;
    if (isDeaf) this.#keep();
    this.#unheardAt = isDeaf ? at : undefined;
  }

  /** The sender is gone: what its socket holds is lost, what its kernel has taken still arrives. Returns the number of lost frames. */
  leave(): number {
    return this.#cut(this.#taken);
  }

  /** The sender's kernel answers with RST and discards what it holds: what is in the network still arrives. Returns the number of lost frames. */
  abort(): number {
    this.#overshoot = undefined;
    return this.#cut(Math.min(this.#taken, this.#place.through(this.#clock.now()) + this.#line.queueBytes));
  }

  get #acknowledged(): number {
    return this.#brokenAt ?? this.#unheardAt ?? this.#place.through(this.#clock.now() - this.#roundTripMs);
  }

  #break(at: number): void {
    this.#keep();
    this.#brokenAt ??= at;
  }

  /** What the kernel has taken by now, it keeps. */
  #keep(): void {
    this.#buffers.taken(this.#acknowledged, this.#kernelBytes);
  }

  /** On a line without limits the kernel takes everything, until something is lost. */
  get #kernelBytes(): number {
    const isLossless = this.#brokenAt === undefined && this.#unheardAt === undefined;
    return isLossless ? this.#line.kernelBytes : Math.min(this.#line.kernelBytes, KERNEL_BYTES);
  }

  get #taken(): number {
    return this.#buffers.taken(this.#acknowledged, this.#kernelBytes);
  }

  #write(bytes: number): void {
    const { written } = this.#buffers;
    const isIdle = this.#overshoot !== undefined && this.#place.through(this.#clock.now()) >= written;
    if (isIdle) this.#overshoot?.restart(written);
    this.#buffers.write(bytes, this.#acknowledged, this.#kernelBytes);
    this.#look();
  }

  /** After a change of the line, its queue may overflow earlier, later, or not at all. */
  #reconsider(wasWide: boolean): void {
    if (this.#line === wideLine) this.#overshoot = undefined;
    else if (wasWide) this.#overshoot = new Overshoot(this.#acknowledged);
    else this.#overshoot?.forget(this.#place.through(this.#clock.now()));
    this.#look();
  }

  #look(): void {
    this.#overshoot?.look(this.#buffers.written, this.#place.through(this.#clock.now()), this.#line);
  }

  #launch(load: Load, bytes: number): void {
    load.passedAt = this.#place.pass(bytes, load.end, this.#clock.now());
    this.#schedule(load, load.passedAt);
  }

  /** From that moment on it waits only for its latency, and for what arrives before it. */
  #schedule(load: Load, from: number): void {
    load.dueAt = this.#lastDueAt = Math.max(this.#lastDueAt, from + load.delayMs);
    load.timer = this.#clock.setTimeout(() => this.#deliver(), load.dueAt - this.#clock.now());
  }

  #deliver(): void {
    const [next] = this.#queue;
    if (next !== undefined && this.#overshoot !== undefined && next.end > this.#overshoot.at) return this.#stall(next);
    const load = this.#queue.shift();
    if (load === undefined) return;
    this.heldBytes -= load.bytes;
    load.arrive();
  }

  /** Part of it was lost: neither it nor anything behind it arrives before that has been sent again. */
  #stall({ end, passedAt }: Load): void {
    if (this.#overshoot === undefined) return;
    const lostAt = passedAt - ((end - this.#overshoot.at) / this.#line.bytesPerSecond) * 1000;
    const onAt = lostAt + this.#overshoot.stallMs(this.#buffers.written, this.#line);
    this.#overshoot = undefined;
    this.#lastDueAt = 0;
    for (const load of this.#queue) {
      this.#clock.clearTimeout(load.timer);
      this.#schedule(load, Math.max(load.passedAt, onAt));
    }
  }

  #cut(end: number): number {
    const now = this.#clock.now();
    const last = Math.max(end, this.#place.through(now));
    this.#buffers.cut(last);
    this.#place.cut(last, now);
    return this.#drop(last);
  }

  /** Drops what ends behind that place. Returns the number of frames. */
  #drop(end: number): number {
    const kept = this.#queue.filter((load) => load.end <= end);
    const dropped = this.#queue.splice(kept.length);
    this.#lastDueAt = kept.at(-1)?.dueAt ?? 0;
    for (const { timer, bytes } of dropped) {
      this.#clock.clearTimeout(timer);
      this.heldBytes -= bytes;
    }
    return dropped.length;
  }
}
