import type { Line } from './faultEffects.ts';

/** The congestion window of a fresh socket: ten segments. RFC 6928. Unit bytes. */
const INITIAL_WINDOW_BYTES = 14_600;

/**
 * How a sender finds out what a narrow line carries: its congestion window doubles until the network's queue runs over
 * (RFC 5681). What is lost then is sent again, and the receiver's application gets nothing that comes behind it meanwhile:
 * for as long as the queue takes to drain, as often as the window has to be halved.
 */
export class Overshoot {
  /** Where in the stream the first byte is lost. */
  readonly at: number;
  readonly #start: number;
  readonly #windowBytes: number;
  readonly #line: Line;

  /** `start`: what was acknowledged when the line became so narrow. Unit bytes. */
  constructor(start: number, line: Line) {
    const { queueBytes, kernelBytes } = line;
    this.#start = start;
    this.#line = line;
    this.#windowBytes = Math.min(INITIAL_WINDOW_BYTES + start, kernelBytes);
    const isOver = this.#windowBytes > queueBytes;
    const beforeBytes = isOver ? queueBytes : 2 * queueBytes - this.#windowBytes;
    // What the kernel does not hold at a time cannot overfill a queue.
    this.at = queueBytes >= kernelBytes ? Infinity : start + beforeBytes;
  }

  /** How long the stream stands still there, where so much of it was written. Unit ms. */
  stallMs(written: number): number {
    const { queueBytes, bytesPerSecond } = this.#line;
    const inFlight = Math.max(2 * queueBytes, Math.min(this.#windowBytes, written - this.#start));
    return Math.log2(inFlight / queueBytes) * (queueBytes / bytesPerSecond) * 1000;
  }
}
