const HEAD_END = [13, 10, 13, 10] as const;

/**
 * Walks along one direction of a WebSocket connection and knows where the handshake and each frame end.
 * RFC 6455 §5.2. It keeps no payload.
 */
export class FrameWalker {
  /** The headers of HTTP are through. */
  hasShakenHands = false;
  /** How much of the end of the headers was seen. */
  #matched = 0;
  #header: number[] = [];
  #payloadLeft = 0;

  /** Whether the next byte begins a frame. */
  get isBetweenFrames(): boolean {
    return this.hasShakenHands && this.#header.length === 0 && this.#payloadLeft === 0;
  }

  /** Walks over a chunk. The result is how many of its bytes lead to the first end of the headers or of a frame; `undefined`: none is in it. */
  walk(chunk: Uint8Array): number | undefined {
    let first: number | undefined;
    for (let at = 0; at < chunk.length;) {
      at += this.hasShakenHands ? this.#walkFrame(chunk, at) : this.#walkHead(chunk[at] ?? 0);
      if (this.isBetweenFrames) first ??= at;
    }
    return first;
  }

  #walkHead(byte: number): number {
    this.#matched = byte === HEAD_END[this.#matched] ? this.#matched + 1 : Number(byte === HEAD_END[0]);
    this.hasShakenHands = this.#matched === HEAD_END.length;
    return 1;
  }

  #walkFrame(chunk: Uint8Array, at: number): number {
    if (this.#payloadLeft > 0) {
      const step = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= step;
      return step;
    }
    this.#header.push(chunk[at] ?? 0);
    const length = payloadLengthOf(this.#header);
    if (length !== undefined) {
      this.#header = [];
      this.#payloadLeft = length;
    }
    return 1;
  }
}

/** `undefined` while the header is not complete. */
function payloadLengthOf(header: readonly number[]): number | undefined {
  const [, second] = header;
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const maskBytes = second & 0x80 ? 4 : 0;
  if (header.length < 2 + lengthBytes + maskBytes) return undefined;
  if (lengthBytes === 0) return short;
  return header.slice(2, 2 + lengthBytes).reduce((length, byte) => length * 256 + byte, 0);
}

/** A close frame as a server sends it: not masked. RFC 6455 §5.5.1. */
export function closeFrame(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason);
  return Uint8Array.of(0x88, 2 + text.length, code >> 8, code & 0xff, ...text);
}
