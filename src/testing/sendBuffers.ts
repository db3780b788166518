/** What the kernel of a fresh socket takes at once. Unit bytes. */
const FRESH_BYTES = 102_400;
/** How much its buffer grows with each acknowledged byte, since it follows the congestion window. */
const GROWTH = 1.2;

/**
 * The two buffers of a sender: the socket's own, which `bufferedAmount` shows, and the kernel's, which nothing shows.
 * Unit of everything: bytes, counted from the beginning of the stream.
 */
export class SendBuffers {
  /** What the application has written. */
  written = 0;
  /** What the kernel has taken. */
  #taken = 0;
  /** End of the last write that the kernel has taken whole. */
  #done = 0;
  /** End of the write in progress; equal to `#done` if there is none. */
  #writing = 0;

  /** Adds a write. While one is in progress, all later ones wait and are handed over together. */
  write(bytes: number, acknowledged: number, kernelBytes: number): void {
    this.#settle(acknowledged, kernelBytes);
    const isIdle = this.#writing === this.#done;
    this.written += bytes;
    if (isIdle) this.#writing = this.written;
    this.#settle(acknowledged, kernelBytes);
  }

  /** What waits in the socket: counted in whole writes, as in Node, or byte by byte. */
  waiting(acknowledged: number, kernelBytes: number, inWholeWrites: boolean): number {
    this.#settle(acknowledged, kernelBytes);
    return this.written - (inWholeWrites ? this.#done : this.#taken);
  }

  /** What the kernel has taken. */
  taken(acknowledged: number, kernelBytes: number): number {
    this.#settle(acknowledged, kernelBytes);
    return this.#taken;
  }

  /** Drops everything beyond that place. */
  cut(end: number): void {
    this.written = this.#taken = this.#done = this.#writing = end;
  }

  #settle(acknowledged: number, kernelBytes: number): void {
    const room = acknowledged + Math.min(kernelBytes, FRESH_BYTES + GROWTH * acknowledged);
    this.#taken = Math.min(this.written, Math.max(this.#taken, room));
    while (this.#writing > this.#done && this.#taken >= this.#writing) {
      this.#done = this.#writing;
      this.#writing = this.written;
    }
  }
}
