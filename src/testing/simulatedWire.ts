import { delayMsOf, directions, isDark, lineOf, other } from './faultEffects.ts';
import type { BandwidthFault, Direction, FaultSpec } from './faults.ts';
import type { TimedClock } from './node.ts';
import { SimulatedRoad } from './simulatedRoad.ts';

export interface SimulatedWireHooks {
  readonly clock: TimedClock;
  readonly random: () => number;
  readonly latencyMs: number;
  /** Its standing lines, without faults. */
  readonly lines: readonly BandwidthFault[];
  /** The current faults of the connection. */
  readonly faults: () => Iterable<FaultSpec>;
  readonly carried: (direction: Direction) => void;
  readonly swallowed: (direction: Direction) => void;
  /** Something was sent after a loss, and gets through. */
  readonly reset: () => void;
  /** The other side of a sender that is gone has been notified. */
  readonly over: () => void;
}

/** FIN and RST take nothing of the stream. Unit bytes. */
const END_BYTES = 0;

/** The two directions of a connection, and what faults and a sender that leaves do to what is on them. */
export class SimulatedWire {
  readonly #hooks: SimulatedWireHooks;
  readonly #roads: Readonly<Record<Direction, SimulatedRoad>>;
  /** Directions in which something was lost: nothing that is sent behind it arrives, not even after the fault. */
  readonly #damaged = new Set<Direction>();
  /** Directions whose sender is gone: whatever it receives is answered with RST. */
  readonly #left = new Set<Direction>();
  #isOver = false;

  constructor(hooks: SimulatedWireHooks) {
    this.#hooks = hooks;
    const road = (direction: Direction): SimulatedRoad =>
      new SimulatedRoad(hooks.clock, 2 * hooks.latencyMs, lineOf(hooks.lines, direction));
    this.#roads = { toServer: road('toServer'), toClient: road('toClient') };
  }

  /** What waits in the sender's socket: counted in whole writes, as in Node, or byte by byte. Unit bytes. */
  waiting(direction: Direction, inWholeWrites: boolean): number {
    return this.#roads[direction].waiting(inWholeWrites);
  }

  /** What is on its way. Unit bytes. */
  held(direction: Direction): number {
    return this.#roads[direction].heldBytes;
  }

  isDark(direction: Direction): boolean {
    return isDark(this.#hooks.faults(), direction);
  }

  carry(direction: Direction, bytes: number, arrive: () => void): void {
    if (this.#isOver) return;
    if (this.isDark(direction)) {
      this.#damaged.add(direction);
      return this.#swallow(direction, bytes);
    }
    if (this.#damaged.size > 0 && !this.isDark(other[direction])) return this.#hooks.reset();
    if (this.#damaged.has(direction)) return this.#swallow(direction, bytes);
    const { latencyMs, faults, random } = this.#hooks;
    const delayMs = latencyMs + delayMsOf(faults(), direction, random);
    this.#roads[direction].carry(bytes, delayMs, () => {
      if (this.#isOver) return;
      this.#hooks.carried(direction);
      if (bytes > END_BYTES) this.#refuse(other[direction]);
      arrive();
    });
  }

  /** Carries the end of the stream. */
  carryEnd(direction: Direction, arrive: () => void): void {
    this.carry(direction, END_BYTES, arrive);
  }

  /** The sender of that direction is gone: the other side is notified behind what its kernel has taken. */
  leave(direction: Direction): void {
    this.#discard(direction, this.#roads[direction].leave());
    this.#left.add(direction);
    this.carryEnd(direction, this.#hooks.over);
  }

  /** Loses what is on its way. */
  lose(direction: Direction): void {
    const count = this.#roads[direction].lose();
    if (count > 0) this.#damaged.add(direction);
    this.#discard(direction, count);
  }

  /** Loses what is on its way, and everything sent from now on. */
  break(direction: Direction): void {
    this.#damaged.add(direction);
    this.lose(direction);
  }

  /** The faults have changed. */
  adjust(): void {
    const specs = [...this.#hooks.lines, ...this.#hooks.faults()];
    for (const direction of directions) this.#roads[direction].widen(lineOf(specs, direction));
  }

  /** A direction may have become dark, or light again: acknowledgements of the other one pass there. */
  look(): void {
    for (const direction of directions) this.#roads[direction].deafen(this.isDark(other[direction]));
  }

  /** The connection is over: nothing on it arrives. */
  stop(): void {
    this.#isOver = true;
    for (const direction of directions) this.#roads[direction].lose();
  }

  #swallow(direction: Direction, bytes: number): void {
    this.#roads[direction].swallow(bytes);
    this.#hooks.swallowed(direction);
  }

  #discard(direction: Direction, count: number): void {
    for (let nth = 0; nth < count; nth++) this.#hooks.swallowed(direction);
  }

  /** Something has reached the sender of that direction. If it is gone, its kernel answers with RST. */
  #refuse(direction: Direction): void {
    if (!this.#left.has(direction)) return;
    const count = this.#roads[direction].abort();
    if (count === 0) return;
    // The last frame discarded was the end of the stream, which comes earlier now.
    this.#discard(direction, count - 1);
    this.carryEnd(direction, this.#hooks.over);
  }
}
