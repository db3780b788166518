/** From a moment on, so much is let through. */
interface Stretch {
  readonly at: number;
  /** What had gone through before. Unit bytes. */
  readonly from: number;
  readonly bytesPerSecond: number;
}

/**
 * Where a stream of bytes goes through at a rate: when each byte is through, and how many were at any moment of the last
 * while. Nothing runs in here: it is worked out when somebody asks. Bytes are named by their place in the stream.
 */
export class NarrowPlace {
  readonly #rememberedMs: number;
  #bytesPerSecond = Infinity;
  #stretches: Stretch[] = [];
  /** Where the stream ends so far. Unit bytes. */
  #end = 0;
  /** When all of it is through. */
  #freeAt = 0;

  /** `rememberedMs`: how far back somebody may ask. Unit ms. */
  constructor(rememberedMs: number) {
    this.#rememberedMs = rememberedMs;
  }

  /** Lets bytes through that end at that place, behind all others. The result is when they are. Unit ms. */
  pass(bytes: number, end: number, now: number): number {
    if (this.#freeAt <= now) this.#begin(now, end - bytes);
    this.#end = end;
    this.#freeAt = Math.max(this.#freeAt, now) + this.#durationMs(bytes);
    return this.#freeAt;
  }

  /** The rate is another: what is not through yet has to be passed anew. */
  change(bytesPerSecond: number, now: number): void {
    this.#end = this.through(now);
    this.#freeAt = now;
    this.#bytesPerSecond = bytesPerSecond;
    this.#stretches = bytesPerSecond === Infinity ? [] : this.#stretches;
  }

  /** Nothing beyond that place comes any more. */
  cut(end: number, now: number): void {
    this.#freeAt = now + this.#durationMs(end - this.through(now));
    this.#end = end;
  }

  /** How much was through at a moment. Unit bytes. */
  through(moment: number): number {
    for (let nth = this.#stretches.length - 1; nth >= 0; nth--) {
      const { at, from, bytesPerSecond } = this.#stretches[nth] as Stretch;
      if (at > moment) continue;
      const most = this.#stretches[nth + 1]?.from ?? this.#end;
      return Math.min(most, from + ((moment - at) / 1000) * bytesPerSecond);
    }
    return this.#stretches[0]?.from ?? this.#end;
  }

  #begin(at: number, from: number): void {
    if (this.#bytesPerSecond === Infinity) return;
    while ((this.#stretches[1]?.at ?? Infinity) <= at - this.#rememberedMs) this.#stretches.shift();
    this.#stretches.push({ at, from, bytesPerSecond: this.#bytesPerSecond });
  }

  #durationMs(bytes: number): number {
    return (bytes / this.#bytesPerSecond) * 1000;
  }
}
