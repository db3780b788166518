import type { Line } from './faultEffects.ts';

/** The congestion window of a fresh socket: ten segments. RFC 6928. Unit bytes. */
const INITIAL_WINDOW_BYTES = 14_600;

/**
 * How a sender finds out what a narrow line carries: while the line is busy its congestion window doubles until the
 * network's queue overflows (RFC 5681). What is lost then is sent again, and until it arrives the receiver's application
 * gets nothing that comes behind it: for as long as the queue takes to drain, as often as the window has to be halved.
 */
export class Overshoot {
  /** Where in the stream the first byte is lost. ∞: nothing has been lost so far. */
  at = Infinity;
  /** Where in the stream the line became busy. Unit bytes. */
  #start: number;
  readonly #acknowledged: number;

  /** `acknowledged`: what was acknowledged when the line became narrow: the window had grown by as much. Unit bytes. */
  constructor(acknowledged: number) {
    this.#acknowledged = acknowledged;
    this.#start = acknowledged;
  }

  /** The line was idle: the queue is empty, and a window that was not used up has not grown. */
  restart(place: number): void {
    this.#start = place;
  }

  /** The line has changed: a loss that is still to come may not happen. */
  forget(through: number): void {
    if (this.at > through) this.at = Infinity;
  }

  /** Checks whether the queue overflows, given what was written and what has passed the narrow place. Unit bytes. */
  look(written: number, through: number, line: Line): void {
    const { queueBytes, kernelBytes } = line;
    // A queue that is larger than the kernel's buffer cannot overflow.
    if (this.at !== Infinity || queueBytes >= kernelBytes) return;
    // The window grows by what has passed, and fills the queue when so much has.
    const filledAt = this.#start + Math.max(0, queueBytes - this.#windowBytes(line));
    const lostAt = Math.max(filledAt, through) + queueBytes;
    if (written > lostAt) this.at = lostAt;
  }

  /** How long the stream stalls there, given what was written. Unit ms. */
  stallMs(written: number, line: Line): number {
    const { queueBytes, bytesPerSecond } = line;
    const inFlight = Math.max(2 * queueBytes, Math.min(this.#windowBytes(line), written - this.#start));
    return Math.log2(inFlight / queueBytes) * (queueBytes / bytesPerSecond) * 1000;
  }

  #windowBytes({ kernelBytes }: Line): number {
    return Math.min(INITIAL_WINDOW_BYTES + this.#acknowledged, kernelBytes);
  }
}
