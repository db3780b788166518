import { KERNEL_BYTES, wideLine, type Line } from './faultEffects.ts';
import { NarrowPlace } from './narrowPlace.ts';
import type { TimedClock } from './node.ts';
import { Overshoot } from './overshoot.ts';
import { SendBuffers } from './sendBuffers.ts';

/** What is on its way. */
interface Load {
  readonly bytes: number;
  /** Where it ends in the stream. Unit bytes. */
  readonly end: number;
  readonly delayMs: number;
  readonly arrive: () => void;
  /** When it is through the narrow place, and when it arrives. */
  passedAt: number;
  dueAt: number;
  timer: unknown;
}

/**
 * One way between a socket and its peer in a simulated network: what comes first arrives first, whatever its delay.
 * Where the line is narrow it goes through three buffers: the socket's own, the kernel's, and the network's queue.
 */
export class SimulatedRoad {
  readonly #clock: TimedClock;
  /** How long an acknowledgement takes. Unit ms. */
  readonly #roundTripMs: number;
  readonly #queue: Load[] = [];
  readonly #buffers = new SendBuffers();
  readonly #place: NarrowPlace;
  #line: Line;
  /** Still to come. */
  #overshoot: Overshoot | undefined = undefined;
  #lastDueAt = 0;
  /** Something was lost: acknowledgements stop here. Unit bytes. */
  #brokenAt: number | undefined = undefined;
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

  /** The line is another: what has not got through its narrow place has to wait longer, or less long. */
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

  /** What is on its way never arrives. The result says how much that was, in frames. */
  lose(): number {
    const [first] = this.#queue;
    if (first !== undefined) this.#break(Math.min(this.#acknowledged, first.end - first.bytes));
    return this.#drop(-1);
  }

  /** Something is sent that never arrives: it waits where it is, and so does what comes behind it. Unit bytes. */
  swallow(bytes: number): void {
    this.#break(this.#acknowledged);
    this.#buffers.write(bytes, this.#acknowledged, this.#kernelBytes);
  }

  /** The sender is gone: what its socket holds is lost, what its kernel has taken still arrives. */
  leave(): number {
    return this.#cut(this.#taken);
  }

  /** The sender's kernel answers with RST, and throws away what it holds: what is in the network still arrives. */
  abort(): number {
    this.#overshoot = undefined;
    return this.#cut(Math.min(this.#taken, this.#place.through(this.#clock.now()) + this.#line.queueBytes));
  }

  get #acknowledged(): number {
    return this.#brokenAt ?? this.#place.through(this.#clock.now() - this.#roundTripMs);
  }

  #break(at: number): void {
    // What the kernel has taken by now, it keeps.
    this.#buffers.taken(this.#acknowledged, this.#kernelBytes);
    this.#brokenAt ??= at;
  }

  /** Of a line without limits nothing waits in the kernel, until it is broken. */
  get #kernelBytes(): number {
    return this.#brokenAt === undefined ? this.#line.kernelBytes : Math.min(this.#line.kernelBytes, KERNEL_BYTES);
  }

  get #taken(): number {
    return this.#buffers.taken(this.#acknowledged, this.#kernelBytes);
  }

  #write(bytes: number): void {
    const { written } = this.#buffers;
    const isIdle = this.#overshoot !== undefined && this.#place.through(this.#clock.now()) >= written;
    if (isIdle) this.#overshoot?.restart(written);
    this.#buffers.write(bytes, this.#acknowledged, this.#line.kernelBytes);
    this.#look();
  }

  /** The line is another: what would have overflowed its queue may fit now, and the other way round. */
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

  /** From that moment on only its latency is before it, and what is to arrive first. */
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

  /** Something in there is lost, and has to be sent again before it arrives, or anything behind it. */
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

  /** What ends behind that place. */
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
