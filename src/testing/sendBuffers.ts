/** What a fresh socket's kernel takes at once: ten segments, as the system accounts for them, and what goes out meanwhile. Unit bytes. */
const FRESH_BYTES = 102_400;
/** How much more it takes for each byte that was acknowledged: its buffer follows the congestion window. */
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
  /** Writes that are done: the kernel has taken them whole. */
  #done = 0;
  /** Where the write ends that is under way; `#done`: there is none. */
  #writing = 0;

  /** A write. One that the kernel takes at once is done; else all that is written meanwhile waits, and is one write then. */
  write(bytes: number, acknowledged: number, kernelBytes: number): void {
    this.#settle(acknowledged, kernelBytes);
    const isIdle = this.#writing === this.#done;
    this.written += bytes;
    if (isIdle) this.#writing = this.written;
    this.#settle(acknowledged, kernelBytes);
  }

  /** What waits in the socket: in whole writes as Node counts, or as it goes. */
  waiting(acknowledged: number, kernelBytes: number, inWholeWrites: boolean): number {
    this.#settle(acknowledged, kernelBytes);
    return this.written - (inWholeWrites ? this.#done : this.#taken);
  }

  /** What the kernel has taken. */
  taken(acknowledged: number, kernelBytes: number): number {
    this.#settle(acknowledged, kernelBytes);
    return this.#taken;
  }

  /** Nothing beyond that place leaves any more. */
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
