/** A time during which the rate does not change. */
interface Stretch {
  readonly at: number;
  /** How much had passed before. Unit bytes. */
  readonly from: number;
  readonly bytesPerSecond: number;
}

/**
 * Lets a stream of bytes through at a rate. Says when a byte has passed, and how many had at any recent moment. It sets no
 * timers: everything is computed on demand. Bytes are named by their place in the stream.
 */
export class NarrowPlace {
  readonly #rememberedMs: number;
  #bytesPerSecond = Infinity;
  #stretches: Stretch[] = [];
  /** Where the stream ends so far. Unit bytes. */
  #end = 0;
  /** When everything has passed. */
  #freeAt = 0;

  /** `rememberedMs`: how far back `through` may look. Unit ms. */
  constructor(rememberedMs: number) {
    this.#rememberedMs = rememberedMs;
  }

  /** Adds bytes that end at that place, behind all others. Returns when they have passed. Unit ms. */
  pass(bytes: number, end: number, now: number): number {
    if (this.#freeAt <= now) this.#begin(now, end - bytes);
    this.#end = end;
    this.#freeAt = Math.max(this.#freeAt, now) + this.#durationMs(bytes);
    return this.#freeAt;
  }

  /** Changes the rate. Bytes that have not passed yet have to be added again. */
  change(bytesPerSecond: number, now: number): void {
    this.#end = this.through(now);
    this.#freeAt = now;
    this.#bytesPerSecond = bytesPerSecond;
    this.#stretches = bytesPerSecond === Infinity ? [] : this.#stretches;
  }

  /** Drops everything beyond that place. */
  cut(end: number, now: number): void {
    this.#freeAt = now + this.#durationMs(end - this.through(now));
    this.#end = end;
  }

  /** How much had passed at a moment. Unit bytes. */
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
