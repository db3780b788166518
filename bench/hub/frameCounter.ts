/** Counts the frames of a stream of bytes that a server sent: reads their heads, skips what they hold. RFC 6455 §5.2. */
export class FrameCounter {
  /** Of the frame under way. */
  #left = 0;
  #head: Buffer | undefined = undefined;

  /** How many frames began to come to their end with these bytes. */
  count(bytes: Buffer): number {
    let rest = bytes;
    if (this.#head !== undefined) {
      rest = Buffer.concat([this.#head, bytes]);
      this.#head = undefined;
    }
    let at = 0;
    let frames = 0;
    for (;;) {
      if (this.#left > rest.length - at) {
        this.#left -= rest.length - at;
        return frames;
      }
      if (this.#left > 0) {
        at += this.#left;
        this.#left = 0;
        frames++;
      }
      const short = (rest[at + 1] ?? 0) & 0x7f;
      const headLength = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length - at < headLength) {
        if (at < rest.length) this.#head = rest.subarray(at);
        return frames;
      }
      const length =
        short === 126 ? rest.readUInt16BE(at + 2) : short === 127 ? Number(rest.readBigUInt64BE(at + 2)) : short;
      at += headLength;
      this.#left = length;
      if (length === 0) frames++;
    }
  }
}
